using System.Diagnostics;
using System.Globalization;
using Proa.Cluster;

namespace Proa.Terminal;

/// <summary>
/// What a starting cluster shows: a line for each part that is up, with the time since the process began; on a terminal
/// also what is being waited for. Thread-safe.
/// </summary>
internal sealed class StartView(TextWriter output)
{
    // The monotonic clock and the kernel's process start times both count from boot.
    private static readonly double s_started = BuiltAt() ?? RunFile.StartTicks(Environment.ProcessId) / 100.0 ?? 0;
    private readonly Lock _gate = new();
    private readonly List<string> _waiting = [];

    public void Title(string text) => Write(Style.Bold(text));

    /// <summary>Shows that a part is starting.</summary>
    public void Starting(string part)
    {
        lock (_gate)
        {
            _waiting.Add(part);
            Refresh();
        }
    }

    /// <summary>Shows that a part is up.</summary>
    public void Up(string part, string detail)
    {
        lock (_gate)
        {
            _waiting.Remove(part);
            Write($"{Style.Green("✓")} {part,-12} {detail} {Style.Dim($"({Elapsed():0.00} s)")}");
        }
    }

    /// <summary>Something that works, but less well than it could.</summary>
    public void Note(string text) => Write($"{Style.Yellow("!")} {text}");

    /// <summary>A line that begins with <c>ready</c>: what scripts wait for.</summary>
    public void Ready(string text) => Write($"{Style.Bold("ready")} {text}");

    public void Line(string text) => Write(text);

    /// <summary>Seconds since the process began: /proc counts its start in ticks since boot.</summary>
    private static double Elapsed() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency - s_started;

    /// <summary>Set by the checkout's script when it had to build first, in the same process.</summary>
    private static double? BuiltAt() =>
        double.TryParse(Environment.GetEnvironmentVariable("PROA_BUILT_AT"), CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    private void Write(string line)
    {
        lock (_gate)
        {
            if (Style.Colours)
            {
                output.Write("\r\x1b[K");
            }
            output.WriteLine(line);
            Refresh();
            output.Flush();
        }
    }

    private void Refresh()
    {
        if (Style.Colours && _waiting.Count > 0)
        {
            output.Write($"\r\x1b[K{Style.Dim($"… {string.Join(", ", _waiting)}")}");
            output.Flush();
        }
    }
}
