namespace Proa.EndToEnd.Tests.Harness;

/// <summary>What a cluster could leave behind on a machine: mounts, links, namespaces, tables, cgroups, processes.</summary>
internal static class MachineState
{
    public static async Task<string> ReadAsync()
    {
        var mounts = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(path => path.Contains("proa", StringComparison.Ordinal));
        var links = Directory.EnumerateDirectories("/sys/class/net").Select(Path.GetFileName);
        var tables = (await CommandResult.RunAsync("nft", ["list", "tables"])).Must().Split('\n');
        var namespaces = Directory.Exists("/run/netns") ? Directory.EnumerateFiles("/run/netns").Select(Path.GetFileName) : [];
        var cgroups = Directory.EnumerateDirectories("/sys/fs/cgroup", "proa-*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 });
        var processes = Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _))
            .Select(CommandLine).Where(line => line.Contains("proa-e2e", StringComparison.Ordinal) && line.Contains("containerd", StringComparison.Ordinal));
        return string.Join('\n', new[] { mounts, links, tables, namespaces, cgroups, processes }.Select(part => string.Join(' ', part.Order(StringComparer.Ordinal))));
    }

    private static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
