namespace Proa.EndToEnd.Tests.Harness;

/// <summary>Finds the processes of a cluster's containers on this machine, by their cgroup and command line.</summary>
internal static class ContainerProcesses
{
    private const string Established = "01";

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

    /// <summary>Connections that are open to the process's server, each with at most one HTTP/1.1 request on its way.</summary>
    public static int Connections(int pid, int port)
    {
        var end = $":{port:X4}";
        return new[] { "tcp", "tcp6" }
            .SelectMany(protocol => File.ReadLines($"/proc/{pid}/net/{protocol}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[1].EndsWith(end, StringComparison.Ordinal) && fields[3] == Established);
    }
}
