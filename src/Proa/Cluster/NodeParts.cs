using System.Net;
using Microsoft.Extensions.Logging;
using Proa.Client.Informers;
using Proa.Client.Node;
using Proa.Network;
using Proa.Network.Pods;
using Proa.Terminal;

namespace Proa.Cluster;

/// <summary>What makes this machine a node: its pod network, its agent, the service proxy, DNS and the scheduler.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private readonly PodNetwork _network;

    private NodeParts(NetworkOptions options, PodNetwork network)
    {
        (Gateway, _network) = (options.Gateway, network);
    }

    /// <summary>The machine's address as pods see it.</summary>
    public IPAddress Gateway { get; }

    public INodeApi? Api => null;

    /// <summary>Makes the bridge, so that the API server and DNS can bind to its address.</summary>
    public static async Task<NodeParts> PrepareAsync(ClusterPaths paths, ClusterConfig config, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        var options = new NetworkOptions(config.Id, paths.Root, config.NodeName)
        {
            PodRange = IPNetwork.Parse(config.PodRange),
            ServiceRange = IPNetwork.Parse(config.ServiceRange),
            Domain = config.Domain,
        };
        var network = new PodNetwork(options, loggers.CreateLogger("Proa.Network"));
        await network.EnsureAsync(ct);
        return new(options, network);
    }

    public Task StartAsync(PartSet parts, ApiParts api, IInformerFactory informers, StartView view, CancellationToken ct) => Task.CompletedTask;

    public ValueTask DisposeAsync() => default;
}
