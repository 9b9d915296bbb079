namespace Proa.Node.Pods;

/// <summary>
/// How long a crashed container waits: not at all the first time, then 10 s doubling to 5 minutes; forgotten when it
/// ran for 10 minutes. One a container. Not thread-safe.
/// </summary>
internal sealed class RestartBackoff
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private DateTimeOffset _updatedAt;

    /// <summary>The present delay, zero when there is none.</summary>
    public TimeSpan Delay { get; private set; }

    /// <returns>How long still to wait, when the container ended at <paramref name="finishedAt"/>; zero: start it.</returns>
    public TimeSpan Remaining(DateTimeOffset finishedAt, DateTimeOffset now)
    {
        if (Delay == TimeSpan.Zero || Expired(finishedAt))
        {
            return TimeSpan.Zero;
        }
        var left = finishedAt + Delay - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Call when the container is started again.</summary>
    public void Next(DateTimeOffset finishedAt, DateTimeOffset now)
    {
        Delay = Delay == TimeSpan.Zero || Expired(finishedAt) ? s_first : Delay * 2 < s_longest ? Delay * 2 : s_longest;
        _updatedAt = now;
    }

    private bool Expired(DateTimeOffset finishedAt) => finishedAt - _updatedAt > s_longest * 2;
}
