using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Fairness;

/// <summary>What is counted of one flow schema on one priority level. Lock-free.</summary>
internal sealed class FlowSeries(string schema, string level)
{
    private static readonly double[] s_times = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
    private static readonly double[] s_lengths = [0, 10, 25, 50, 100, 250, 500, 1000];

    public string Schema => schema;

    public string Level => level;

    public Counter Dispatched { get; } = new();

    public Counter Unaccommodated { get; } = new();

    public Counter Waiting { get; } = new();

    public Counter WaitingSeats { get; } = new();

    public Counter Running { get; } = new();

    public Counter RunningSeats { get; } = new();

    public Counter RefusedLimit { get; } = new();

    public Counter RefusedFull { get; } = new();

    public Counter RefusedTime { get; } = new();

    /// <summary>How many waited in a queue when a request was put into it, with itself.</summary>
    public Histogram QueueLengths { get; } = new(s_lengths);

    public Histogram WaitsServed { get; } = new(s_times);

    public Histogram WaitsRefused { get; } = new(s_times);

    public Histogram Times { get; } = new(s_times);

    /// <summary>Until they had begun.</summary>
    public Histogram WatchTimes { get; } = new(s_times);

    public Histogram Watching { get; } = new([0, 1, 10, 100, 1000, 10000]);

    public Histogram Seats { get; } = new([1, 2, 4, 8, 16, 32, 64, 100]);
}
