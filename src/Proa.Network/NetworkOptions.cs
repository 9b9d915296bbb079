using System.Net;

namespace Proa.Network;

/// <summary>What the network of one cluster on one node is made of. All ranges are IPv4.</summary>
/// <param name="ClusterId">Eight hex digits; the names of all kernel objects of the cluster derive from it.</param>
/// <param name="DataDir">The cluster's data directory; the network writes below <c>cni/</c> only.</param>
public sealed record NetworkOptions(string ClusterId, string DataDir, string NodeName)
{
    /// <summary>Where pods get their addresses; its first address is the gateway.</summary>
    public IPNetwork PodRange { get; init; } = IPNetwork.Parse("10.244.0.0/24");

    /// <summary>Where Services get theirs. The first address is the API server's, the tenth the cluster DNS's.</summary>
    public IPNetwork ServiceRange { get; init; } = IPNetwork.Parse("10.96.0.0/16");

    public string Domain { get; init; } = "cluster.local";

    /// <summary>The resolver configuration whose name servers answer for what is not the cluster's.</summary>
    public string ResolvConf { get; init; } = "/etc/resolv.conf";

    /// <summary>The device that holds the gateway address.</summary>
    public string BridgeName => $"proa-{ClusterId}";

    public string TableName => $"proa_{ClusterId}";

    /// <summary>The host's address as pods see it: DNS and the API server listen there.</summary>
    public IPAddress Gateway => Nth(PodRange, 1);

    /// <summary>The address of the Service <c>kubernetes</c>.</summary>
    public IPAddress ApiAddress => Nth(ServiceRange, 1);

    /// <summary>The address of the Service <c>kube-dns</c>: pods have it as their name server.</summary>
    public IPAddress DnsAddress => Nth(ServiceRange, 10);

    /// <summary>Where the CNI configuration is; containerd's <c>conf_dir</c>.</summary>
    public string CniConfDir => Path.Combine(DataDir, "cni", "net.d");

    /// <summary>Where the address leases are.</summary>
    public string CniLeaseDir => Path.Combine(DataDir, "cni", "leases");

    private static IPAddress Nth(IPNetwork range, uint n) => new Ip4(Ip4.From(range.BaseAddress).Value + n).ToIPAddress();
}
