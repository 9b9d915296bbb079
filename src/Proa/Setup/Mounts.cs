using System.Runtime.InteropServices;

namespace Proa.Setup;

internal static partial class Mounts
{
    private const int Detach = 2;

    /// <summary>Unmounts all that is mounted in or below a folder, the deepest first.</summary>
    public static void DetachBelow(string folder)
    {
        var below = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1].Replace("\\040", " "))
            .Where(path => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal))
            .OrderByDescending(path => path.Length).ToList();
        foreach (var path in below)
        {
            _ = Unmount(path, Detach);
        }
    }

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string path, int flags);
}
