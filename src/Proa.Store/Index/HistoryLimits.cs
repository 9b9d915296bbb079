namespace Proa.Store.Index;

/// <summary>How much of the past is kept; whichever is reached first.</summary>
/// <param name="Changes">Per collection.</param>
/// <param name="Bytes">Over all collections: what only the history keeps alive.</param>
/// <param name="Age">Dropped when a newer change of the collection comes; etcd's compaction in a cluster is 5 minutes too.</param>
/// <param name="WatchBacklog">How many changes a watch may lie behind before it is ended.</param>
internal sealed record HistoryLimits(int Changes, long Bytes, TimeSpan Age, int WatchBacklog)
{
    public static readonly HistoryLimits Default = new(10_000, 16 << 20, TimeSpan.FromMinutes(5), 10_000);
}
