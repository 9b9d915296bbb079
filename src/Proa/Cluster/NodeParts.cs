using System.Net;
using Microsoft.Extensions.Logging;
using Proa.Client.Informers;
using Proa.Client.Node;
using Proa.Network;
using Proa.Network.Dns;
using Proa.Network.Pods;
using Proa.Network.Proxy;
using Proa.Node;
using Proa.Terminal;

namespace Proa.Cluster;

/// <summary>What makes this machine a node: its pod network, its agent, the service proxy and DNS.</summary>
internal sealed class NodeParts : IDisposable
{
    private readonly ClusterPaths _paths;
    private readonly ClusterConfig _config;
    private readonly NetworkOptions _network;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private NodeAgent? _agent;

    private NodeParts(ClusterPaths paths, ClusterConfig config, NetworkOptions network, TimeProvider time, ILoggerFactory loggers)
    {
        (_paths, _config, _network, _time, _loggers) = (paths, config, network, time, loggers);
    }

    /// <summary>The machine's address as pods see it.</summary>
    public IPAddress Gateway => _network.Gateway;

    /// <summary>Logs, exec and so on; null until the agent is made.</summary>
    public INodeApi? Api => _agent?.Api;

    /// <summary>Makes the bridge, so that the API server and DNS can bind to its address.</summary>
    /// <exception cref="UserException">The network cannot be made here.</exception>
    public static async Task<NodeParts> PrepareAsync(ClusterPaths paths, ClusterConfig config, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        var network = NetworkOf(paths, config);
        try
        {
            await new PodNetwork(network, loggers.CreateLogger("Proa.Network")).EnsureAsync(ct);
        }
        catch (NetworkException e)
        {
            throw new UserException($"the pod network cannot be made: {e.Message}", "choose other ranges with --pod-range and --service-range, or see `proa doctor`");
        }
        return new(paths, config, network, time, loggers);
    }

    public static NetworkOptions NetworkOf(ClusterPaths paths, ClusterConfig config) => new(config.Id, paths.Root, config.NodeName)
    {
        PodRange = IPNetwork.Parse(config.PodRange),
        ServiceRange = IPNetwork.Parse(config.ServiceRange),
        Domain = config.Domain,
    };

    /// <summary>Starts the parts and completes when the node is Ready.</summary>
    public async Task StartAsync(PartSet parts, ApiParts api, IInformerFactory informers, CancellationToken ct)
    {
        var proxy = new ServiceProxy(_network, informers, _time, _loggers.CreateLogger("Proa.Network.Proxy"));
        var dns = new ClusterDns(
            _network, informers, api.Server.ClientFor(Identities.Loopback, "proa"), _time, _loggers.CreateLogger("Proa.Network.Dns"));
        // After a restore of the running cluster the parts begin anew.
        _agent?.Dispose();
        _agent = new NodeAgent(
            new NodeAgentOptions
            {
                NodeName = _config.NodeName,
                ClusterId = _config.Id,
                DataDirectory = _paths.Root,
                PodCidr = _config.PodRange,
                ClusterDns = _network.DnsAddress.ToString(),
                ClusterDomain = _config.Domain,
                Version = Commands.VersionCommand.Kubernetes,
            },
            api.Server.ClientFor(Identities.Node(_config.NodeName), "kubelet"), informers, proxy, _time, _loggers);
        parts.Start("service proxy", proxy.RunAsync);
        parts.Start("cluster DNS", dns.RunAsync);
        parts.Start("node agent", _agent.RunAsync);
        var ready = Task.WhenAll(proxy.Ready, dns.Ready, _agent.ReadyAsync(ct));
        if (await Task.WhenAny(ready, parts.Ended).WaitAsync(ct) != ready)
        {
            var (name, error) = await parts.Ended;
            throw new UserException($"the {name} stopped: {error?.Message ?? "without an error"}", $"the log {_paths.Log} says more; `proa doctor` checks this machine");
        }
        await ready;
    }

    public void Dispose() => _agent?.Dispose();
}
