using System.Collections.Concurrent;

namespace Proa.Node.Images;

/// <summary>
/// Holds back pulls that failed: ten seconds, doubled with each failure up to five minutes, for each image of each pod.
/// What has not failed for twice the longest time is forgotten. Thread-safe.
/// </summary>
internal sealed class PullBackoff(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string PodUid, string Image), Entry> _entries = new();

    /// <summary>The last failure's message when the pull must wait still.</summary>
    public string? Held(string podUid, string image) =>
        _entries.TryGetValue((podUid, image), out var entry) && time.GetUtcNow() - entry.At < entry.Delay ? entry.Error : null;

    public void Failed(string podUid, string image, string error)
    {
        var now = time.GetUtcNow();
        _entries.AddOrUpdate(
            (podUid, image),
            _ => new(now, s_first, error),
            (_, old) => new(now, now - old.At > s_longest * 2 ? s_first : old.Delay * 2 < s_longest ? old.Delay * 2 : s_longest, error));
        foreach (var (key, entry) in _entries)
        {
            if (now - entry.At > s_longest * 2)
            {
                _entries.TryRemove(new(key, entry));
            }
        }
    }

    public void Succeeded(string podUid, string image) => _entries.TryRemove((podUid, image), out _);

    private sealed record Entry(DateTimeOffset At, TimeSpan Delay, string Error);
}
