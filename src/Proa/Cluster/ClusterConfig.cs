using System.Text.Json;
using System.Text.Json.Serialization;

namespace Proa.Cluster;

/// <summary>
/// A cluster's settings as <c>cluster.json</c> keeps them. The first start writes them; later ones read them, so that
/// <c>proa up</c> on an existing directory needs no options.
/// </summary>
internal sealed record ClusterConfig
{
    /// <summary>The form of the data directory; a directory of a newer form is refused, never touched.</summary>
    public const int CurrentDataVersion = 1;

    public int DataVersion { get; init; } = CurrentDataVersion;

    /// <summary>Eight hexadecimal digits from which kernel names are made (bridge, nftables table, cgroup).</summary>
    public required string Id { get; init; }

    public required string NodeName { get; init; }

    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>Where pods and other machines reach this server; null: at the address that it listens on.</summary>
    public string? AdvertiseAddress { get; init; }

    public int ApiPort { get; init; } = 6443;

    public string PodRange { get; init; } = "10.244.0.0/24";

    public string ServiceRange { get; init; } = "10.96.0.0/16";

    public string NodePorts { get; init; } = "30000-32767";

    public string Domain { get; init; } = "cluster.local";

    /// <summary>Where the objects are; null: in the data directory.</summary>
    public EtcdSettings? Etcd { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClusterConfig))]
[JsonSerializable(typeof(RunState))]
internal sealed partial class ClusterJson : JsonSerializerContext;

/// <summary>What a running cluster says of itself in <c>run.json</c>.</summary>
/// <param name="StartTicks">The process's start time from <c>/proc/PID/stat</c>: a reused process id is told apart.</param>
internal sealed record RunState(int Pid, long StartTicks, string Server, bool Ready);
