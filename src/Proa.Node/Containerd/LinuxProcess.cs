using System.Globalization;
using System.Runtime.InteropServices;

namespace Proa.Node.Containerd;

/// <summary>A process by number and start time, which together name it even after the number was given to another.</summary>
/// <param name="StartTime">In clock ticks since the machine started, from <c>/proc/PID/stat</c>.</param>
internal readonly record struct LinuxProcess(int Pid, long StartTime)
{
    private const int SysResource = 24;

    /// <returns>Null when there is no such process, or only its zombie.</returns>
    public static LinuxProcess? Find(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        // 4242 (a name (with) spaces) S 1 4242 4242 ...: the fields are counted from the last parenthesis.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new(pid, long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    public bool IsAlive => Find(Pid) is { } now && now.StartTime == StartTime;

    public void Signal(int signal)
    {
        if (IsAlive)
        {
            _ = Kill(Pid, signal);
        }
    }

    /// <summary>Waits for the end of a process that need not be a child. Takes a thread: the kernel tells it, none polls.</summary>
    public Task WaitForExitAsync(CancellationToken ct)
    {
        var process = this;
        return Task.Factory.StartNew(() => process.WaitForExit(ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Whether this process may lower OOM scores.</summary>
    public static bool HasSysResource()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
            {
                var bits = ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return (bits & (1UL << SysResource)) != 0;
            }
        }
        return false;
    }

    private void WaitForExit(CancellationToken ct)
    {
        const int PidfdOpen = 434;
        const short PollIn = 1;
        var process = (int)Syscall(PidfdOpen, Pid, 0);
        if (process < 0)
        {
            return;
        }
        var cancelled = EventFd(0, 0);
        try
        {
            using (ct.UnsafeRegister(static fd => EventFdWrite((int)fd!, 1), cancelled))
            {
                Span<PollFd> both = [new() { Fd = process, Events = PollIn }, new() { Fd = cancelled, Events = PollIn }];
                while (!ct.IsCancellationRequested && IsAlive)
                {
                    _ = Poll(ref both[0], 2, -1);
                }
            }
        }
        finally
        {
            _ = Close(process);
            _ = Close(cancelled);
        }
        ct.ThrowIfCancellationRequested();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);

    [DllImport("libc", EntryPoint = "syscall")]
    private static extern nint Syscall(nint number, nint first, nint second);

    [DllImport("libc", EntryPoint = "poll")]
    private static extern int Poll(ref PollFd fds, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "eventfd")]
    private static extern int EventFd(uint value, int flags);

    [DllImport("libc", EntryPoint = "eventfd_write")]
    private static extern int EventFdWrite(int fd, ulong value);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int fd);
}
