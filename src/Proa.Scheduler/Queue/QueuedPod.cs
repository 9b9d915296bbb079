using Proa.Scheduler.Core;

namespace Proa.Scheduler.Queue;

/// <summary>A pod that waits for a node.</summary>
internal sealed class QueuedPod(PodInfo info, long sequence)
{
    public PodInfo Info { get; set; } = info;

    /// <summary>The order of arrival, among pods of one priority.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; set; }

    /// <summary>When it was tried last.</summary>
    public DateTimeOffset TriedAt { get; set; }

    /// <summary>What makes another attempt worthwhile.</summary>
    public ClusterChange RetryAfter { get; set; }

    public PodPlace Place { get; set; }
}

internal enum PodPlace
{
    /// <summary>Being tried, or bound.</summary>
    InFlight,
    Active,
    Backoff,

    /// <summary>No node would do; a change wakes it.</summary>
    Unschedulable,
}
