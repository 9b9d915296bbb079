namespace Proa.EndToEnd.Tests.Harness;

/// <summary>Finds the processes of a cluster's containers on this machine, by their cgroup and command line.</summary>
internal static class ContainerProcesses
{
    public static IReadOnlyList<int> Find(string clusterId, string program)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid))
            {
                continue;
            }
            try
            {
                if (File.ReadAllText($"{folder}/cgroup").Contains($"proa-{clusterId}", StringComparison.Ordinal)
                    && File.ReadAllText($"{folder}/cmdline").Split('\0')[0] == program)
                {
                    found.Add(pid);
                }
            }
            catch (IOException)
            {
                // the process ended between the two reads
            }
            catch (UnauthorizedAccessException)
            {
            }
        }
        return found;
    }
}
