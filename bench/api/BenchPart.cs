using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api;

/// <summary>One thing to measure, on a server of its own that it starts. Bounded in time.</summary>
internal abstract class BenchPart(string name)
{
    public string Name { get; } = name;

    /// <summary>True where the whole server is meant: controllers and scheduler run as well.</summary>
    public virtual bool NeedsControllers => false;

    public abstract Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct);
}
