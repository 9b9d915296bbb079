using System.Runtime.CompilerServices;

namespace Proa.Network.Tests;

/// <summary>Compares with a file in <c>testassets</c>; PROA_UPDATE_GOLDEN=1 writes it.</summary>
internal static class Golden
{
    public static void Check(string name, string actual, [CallerFilePath] string here = "")
    {
        var file = Path.Combine(Directory(here), name);
        if (Environment.GetEnvironmentVariable("PROA_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
        }
        Assert.Equal(File.ReadAllText(file), actual);
    }

    private static string Directory(string caller)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(caller)!);
        while (folder is not null && folder.Name != "Proa.Network.Tests")
        {
            folder = folder.Parent;
        }
        return System.IO.Directory.CreateDirectory(Path.Combine(folder!.FullName, "testassets")).FullName;
    }
}
