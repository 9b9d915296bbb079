using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api;

/// <summary>One thing to measure, on a server of its own that it starts. Bounded in time.</summary>
internal abstract class BenchPart(string name)
{
    public string Name { get; } = name;

    /// <summary>Which share of the objects and watchers it has: 1 for a measurement, less for a look whether it works.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>True where the whole server is meant: controllers and scheduler run as well.</summary>
    public virtual bool NeedsControllers => false;

    public abstract Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct);

    /// <summary>A number of objects or watchers, scaled.</summary>
    protected int Scaled(int count) => Math.Max(1, (int)(count * Scale));
}
