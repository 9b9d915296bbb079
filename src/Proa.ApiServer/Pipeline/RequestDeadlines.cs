using System.Collections.Concurrent;
using System.Globalization;

namespace Proa.ApiServer.Pipeline;

/// <summary>Ends requests that take too long. Timers are kept and used again, so that a request costs no allocation. Thread-safe.</summary>
internal sealed class RequestDeadlines(TimeSpan longest, TimeProvider clock)
{
    private const int Kept = 256;
    private readonly ConcurrentQueue<CancellationTokenSource> _sources = new();

    public TimeSpan Longest => longest;

    /// <summary>A token that is cancelled when the client is gone or the time is over.</summary>
    /// <param name="asked">Null: the longest.</param>
    public Deadline Start(TimeSpan? asked, CancellationToken aborted)
    {
        if (!_sources.TryDequeue(out var source))
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        }
        source.CancelAfter(asked is { } time && time > TimeSpan.Zero && time < longest ? time : longest);
        return new Deadline(this, source, aborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), source));
    }

    /// <summary>Reads a duration such as <c>30s</c> or <c>1m30s</c>.</summary>
    /// <returns>False: it is none.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest is "0")
        {
            return true;
        }
        double seconds = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }
            rest = rest[digits..];
            var end = rest.IndexOfAny("0123456789.");
            var unit = end < 0 ? rest : rest[..end];
            double factor = unit switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 1e-3, "us" or "µs" => 1e-6, "ns" => 1e-9, _ => 0 };
            if (factor == 0)
            {
                return false;
            }
            seconds += number * factor;
            rest = rest[unit.Length..];
        }
        duration = TimeSpan.FromSeconds(Math.Min(seconds, 1e9));
        return text.Length > 0;
    }

    private void Return(CancellationTokenSource source)
    {
        if (_sources.Count < Kept && source.TryReset())
        {
            _sources.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }

    internal readonly struct Deadline(RequestDeadlines owner, CancellationTokenSource source, CancellationTokenRegistration aborted) : IDisposable
    {
        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            aborted.Dispose();
            owner.Return(source);
        }
    }
}
