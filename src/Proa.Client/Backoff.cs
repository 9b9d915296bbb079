namespace Proa.Client;

/// <summary>Delays that double from a first to a longest, with jitter, until <see cref="Reset"/>. Not thread-safe.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _attempts;

    /// <summary>The delay before the next attempt: between once and one and a half times the nominal one.</summary>
    public TimeSpan Next()
    {
        var delay = _attempts >= 30 ? longest : first * (1 << _attempts);
        _attempts = Math.Min(_attempts + 1, 30);
        return (delay < longest ? delay : longest) * (1 + (random.NextDouble() / 2));
    }

    public void Reset() => _attempts = 0;
}
