using Proa.Node.Containerd;

namespace Proa.Node;

/// <summary>What a node agent must know. Paths are absolute.</summary>
public sealed record NodeAgentOptions
{
    public required string NodeName { get; init; }

    /// <summary>Eight hexadecimal digits from which kernel names are made, such as the control group <c>/proa-ID</c>.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The cluster's data directory D; pods' files go to <c>D/pods</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Defaults to <c>D/containerd</c>, with the network's configuration in <c>D/cni/net.d</c>.</summary>
    public ContainerdOptions? Containerd { get; init; }

    /// <summary>The node's own address; null: that of the default route.</summary>
    public string? NodeIp { get; init; }

    /// <summary>Such as <c>10.244.0.0/24</c>; null: none is written to the Node.</summary>
    public string? PodCidr { get; init; }

    /// <summary>The address of the cluster's DNS; null: pods use the host's resolvers.</summary>
    public string? ClusterDns { get; init; }

    public string ClusterDomain { get; init; } = "cluster.local";

    public int MaxPods { get; init; } = 110;

    /// <summary>The port that the Node object names as the agent's.</summary>
    public int NodePort { get; init; } = 10250;

    /// <summary>The version of Kubernetes that the agent speaks.</summary>
    public string Version { get; init; } = "v1.36.2";

    /// <summary>How many sandboxes are made at once.</summary>
    public int SandboxesAtOnce { get; init; } = Math.Max(Environment.ProcessorCount * 2, 4);

    public string HostResolvConf { get; init; } = "/etc/resolv.conf";

    public string HostHosts { get; init; } = "/etc/hosts";
}
