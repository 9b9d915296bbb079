using System.Diagnostics.Metrics;

namespace Proa.Client.Queues;

/// <summary>The meter by which work queues tell of themselves, each under its <c>name</c>; without a listener it costs next to nothing.</summary>
public static class QueueMeter
{
    public const string Name = "Proa.Client.Queues";
    public const string Adds = "workqueue.adds";
    public const string Depth = "workqueue.depth";
    public const string Retries = "workqueue.retries";
    public const string Waits = "workqueue.queue_duration";
    public const string Works = "workqueue.work_duration";

    public const string Begins = "workqueue.begun";

    private static readonly Meter s_meter = new(Name);

    internal static readonly Counter<long> AddCount = s_meter.CreateCounter<long>(Adds);
    internal static readonly UpDownCounter<long> DepthCount = s_meter.CreateUpDownCounter<long>(Depth);
    internal static readonly Counter<long> RetryCount = s_meter.CreateCounter<long>(Retries);

    /// <summary>Works that began; each ends with one of <see cref="WorkTimes"/>.</summary>
    internal static readonly Counter<long> BeginCount = s_meter.CreateCounter<long>(Begins);

    /// <summary>Seconds.</summary>
    internal static readonly Histogram<double> WaitTimes = s_meter.CreateHistogram<double>(Waits);

    /// <inheritdoc cref="WaitTimes"/>
    internal static readonly Histogram<double> WorkTimes = s_meter.CreateHistogram<double>(Works);
}
