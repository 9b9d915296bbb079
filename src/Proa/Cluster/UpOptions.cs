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

    public string? AdvertiseAddress { get; init; }

    public string? NodeName { get; init; }

    public string? PodRange { get; init; }

    public string? ServiceRange { get; init; }

    public string? NodePorts { get; init; }

    /// <summary>Null: as stored, or none, and the cluster is kept in the data directory.</summary>
    public EtcdSettings? Etcd { get; init; }

    /// <summary>The file with the key that opens what the servers of one etcd share; null: the data directory's own.</summary>
    public string? ClusterKey { get; init; }

    /// <summary>Whether controllers and scheduler run only under their leases; null: where there may be several servers.</summary>
    public bool? LeaderElect { get; init; }

    public ApiSettings Api { get; init; } = new();
}
