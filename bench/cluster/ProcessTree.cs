using System.Globalization;

namespace Proa.Bench.Cluster;

/// <summary>Memory and CPU of processes, from /proc.</summary>
internal static class ProcessTree
{
    /// <summary>Resident bytes.</summary>
    public static long Resident(int pid) => long.Parse(File.ReadAllText($"/proc/{pid}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * 4096;

    /// <summary>CPU seconds used so far.</summary>
    public static double Cpu(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    /// <summary>The first process whose command line holds the text and whose program has the name; 0: none.</summary>
    public static int Find(string program, string text)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid))
            {
                try
                {
                    if (File.ReadAllText($"{folder}/comm").Trim() == program && File.ReadAllText($"{folder}/cmdline").Contains(text, StringComparison.Ordinal))
                    {
                        return pid;
                    }
                }
                catch (IOException)
                {
                    // it ended meanwhile
                }
            }
        }
        return 0;
    }
}
