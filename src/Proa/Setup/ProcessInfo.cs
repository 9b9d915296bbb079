using System.Diagnostics;

namespace Proa.Setup;

/// <summary>A process of this machine, as <c>/proc</c> shows it.</summary>
internal sealed record ProcessInfo(int Pid, string Name, string CommandLine, string CGroups)
{
    public static IEnumerable<ProcessInfo> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && pid != Environment.ProcessId && Read(pid, folder) is { } process)
            {
                yield return process;
            }
        }
    }

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            process.Kill();
            await process.WaitForExitAsync(ct);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It is gone already.
        }
    }

    private static ProcessInfo? Read(int pid, string folder)
    {
        try
        {
            return File.ReadAllText($"{folder}/stat").Contains(") Z ", StringComparison.Ordinal)
                ? null
                : new(pid, File.ReadAllText($"{folder}/comm").Trim(), File.ReadAllText($"{folder}/cmdline").Replace('\0', ' '), File.ReadAllText($"{folder}/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
