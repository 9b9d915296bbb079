using System.Globalization;
using System.Text.Json;

namespace Proa.Cluster;

/// <summary>Tells whether a cluster runs on a data directory, and which process it is.</summary>
internal static class RunFile
{
    /// <summary>Null when no process runs on the directory; a file left by a killed one does not count.</summary>
    public static RunState? Running(ClusterPaths paths)
    {
        try
        {
            var state = JsonSerializer.Deserialize(File.ReadAllBytes(paths.RunFile), ClusterJson.Default.RunState);
            return state is not null && StartTicks(state.Pid) == state.StartTicks ? state : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static void Write(ClusterPaths paths, string server, bool ready)
    {
        var pid = Environment.ProcessId;
        var state = new RunState(pid, StartTicks(pid) ?? 0, server, ready);
        SafeFile.Write(paths.RunFile, JsonSerializer.SerializeToUtf8Bytes(state, ClusterJson.Default.RunState));
    }

    public static void Remove(ClusterPaths paths) => File.Delete(paths.RunFile);

    /// <summary>When the process began, in hundredths of a second since boot: field 22 of <c>/proc/PID/stat</c>; null when there is no such process.</summary>
    public static long? StartTicks(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // A process that has ended but that its parent has not asked about is gone too.
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
