namespace Proa.Cluster;

/// <summary>What was asked of <c>proa up</c>; null: as stored, or the default.</summary>
internal sealed record UpOptions
{
    public required string DataDir { get; init; }

    public bool Detach { get; init; }

    public bool Demo { get; init; }

    public bool NoNode { get; init; }

    public bool NoSetup { get; init; }

    public bool NoScheduler { get; init; }

    public string Controllers { get; init; } = "*";

    public int? ApiPort { get; init; }

    public string? Bind { get; init; }

    public string? NodeName { get; init; }

    public string? PodRange { get; init; }

    public string? ServiceRange { get; init; }

    public string? NodePorts { get; init; }

    public ApiSettings Api { get; init; } = new();
}
