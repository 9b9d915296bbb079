using System.Globalization;

namespace Proa.Store.Health;

/// <summary>The state of a store's disk at one moment.</summary>
/// <param name="Device">What it is, and where it is mounted: <c>/dev/vda1 (ext4 on /)</c>.</param>
/// <param name="Cause">Why writes are refused or slow; null when they are not.</param>
/// <param name="SyncP99">Of the recent syncs; zero when there were none.</param>
/// <param name="Syncs">How many that is of.</param>
public sealed record StoreReport(StoreCondition Condition, string Device, string? Cause, TimeSpan SyncP99, int Syncs)
{
    /// <summary>One line, for people.</summary>
    public override string ToString()
    {
        var syncs = Syncs == 0 ? "no sync yet" : $"sync p99 {Milliseconds(SyncP99)} ms of the last {Syncs}";
        return Cause is null ? $"{Device}: {syncs}" : $"{Device}: {Cause}; {syncs}";
    }

    internal static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.#", CultureInfo.InvariantCulture);
}
