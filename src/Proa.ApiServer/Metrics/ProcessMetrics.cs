using System.Diagnostics;

namespace Proa.ApiServer.Metrics;

/// <summary>What the kernel knows of this process.</summary>
internal static class ProcessMetrics
{
    public static void Write(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Single("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", process.TotalProcessorTime.TotalSeconds);
        text.Single("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", process.WorkingSet64);
        text.Single("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", process.VirtualMemorySize64);
        text.Single("process_virtual_memory_max_bytes", "gauge", "Maximum amount of virtual memory available in bytes.", 18446744073709551615.0);
        WriteStart(text, process);
        text.Single("process_open_fds", "gauge", "Number of open file descriptors.", Directory.GetFileSystemEntries("/proc/self/fd").Length);
        if (MaxFiles() is { } most)
        {
            text.Single("process_max_fds", "gauge", "Maximum number of open file descriptors.", most);
        }
        text.Single("process_threads", "gauge", "Number of threads.", process.Threads.Count);
        text.Single("dotnet_gc_heap_size_bytes", "gauge", "Bytes of the managed heap.", GC.GetTotalMemory(false));
        text.Single("dotnet_gc_collections_total", "counter", "Collections of the managed heap's oldest generation.", GC.CollectionCount(2));
    }

    public static void WriteStart(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        WriteStart(text, process);
    }

    private static void WriteStart(MetricsText text, Process process) => text.Single(
        "process_start_time_seconds", "gauge", "[ALPHA] Start time of the process since unix epoch in seconds.",
        new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0);

    // Max open files            1048576              1048576              files
    private static double? MaxFiles()
    {
        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            if (line.StartsWith("Max open files", StringComparison.Ordinal))
            {
                var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return columns[3] == "unlimited" ? null : double.Parse(columns[3], System.Globalization.CultureInfo.InvariantCulture);
            }
        }
        return null;
    }
}
