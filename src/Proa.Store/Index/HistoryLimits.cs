namespace Proa.Store.Index;

/// <summary>How much of the past is kept; whichever is reached first.</summary>
/// <param name="Changes">Per collection.</param>
/// <param name="Bytes">Over all collections: what only the history keeps alive.</param>
/// <param name="Age">Changes are dropped when a newer one of the collection comes, states of all collections with any change; etcd's compaction in a cluster is 5 minutes too.</param>
/// <param name="WatchBacklog">How many changes a watch may lie behind before it is ended.</param>
internal sealed record HistoryLimits(int Changes, long Bytes, TimeSpan Age, int WatchBacklog)
{
    public static readonly HistoryLimits Default = new(10_000, 16 << 20, TimeSpan.FromMinutes(5), 10_000);
}
