namespace Proa.Node.Logs;

/// <summary>What of a log a client wants.</summary>
internal sealed record LogReadOptions
{
    public bool Timestamps { get; init; }

    /// <summary>The last lines only; null for all.</summary>
    public long? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    public DateTimeOffset? Since { get; init; }
}
