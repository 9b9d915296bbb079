using System.Net;
using Microsoft.Extensions.Logging;
using Proa.Network.Netlink;
using Proa.Network.Nftables;

namespace Proa.Network.Pods;

/// <summary>
/// What pods are plugged into: the device with the gateway's address, the route for Services, forwarding, and the CNI
/// configuration. All of it carries the cluster's name and survives the process; ensuring it again changes nothing. Not
/// thread-safe.
/// </summary>
public sealed partial class PodNetwork(NetworkOptions options, ILogger logger)
{
    private readonly Ip4 _gateway = Ip4.From(options.Gateway);

    /// <summary>
    /// Makes what is missing; takes a few milliseconds. When it returns, the gateway's address can be bound to. It must be
    /// called before containerd runs: leases of pods without a route are taken for left-overs.
    /// </summary>
    /// <exception cref="NetworkException">A range is in use, or the kernel refuses.</exception>
    public Task EnsureAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            Ensure();
        }
        catch (Exception e) when (e is NetlinkException or UnauthorizedAccessException or IOException)
        {
            throw new NetworkException($"cannot set up the pod network {options.BridgeName}: {e.Message}", e);
        }
        return Task.CompletedTask;
    }

    private void Ensure()
    {
        using var netlink = new RouteNetlink();
        var links = netlink.Links();
        var addresses = netlink.Addresses();
        var routes = netlink.Routes();
        CheckFree(options.PodRange, "pod");
        CheckFree(options.ServiceRange, "service");

        Sysctl.Set("ipv4/ip_forward", "1");
        if (netlink.CreateBridge(options.BridgeName))
        {
            LogCreated(options.BridgeName, options.Gateway);
        }
        var bridge = netlink.FindLink(options.BridgeName) ?? throw new NetworkException($"{options.BridgeName} vanished while it was set up");
        netlink.AddAddress(bridge.Index, _gateway, 32);
        netlink.SetUp(bridge.Index);
        netlink.SetRoute(options.ServiceRange, bridge.Index, _gateway);
        // A pod that is gone is refused at once, not sent out by the default route.
        netlink.SetUnreachable(options.PodRange);

        CniConfig.Write(options, Mtu(links, routes));
        var inUse = routes.Where(r => r.PrefixLength == 32 && r.Index != 0).Select(r => r.Destination).ToHashSet();
        var removed = new LeaseStore(Path.Combine(options.CniLeaseDir, CniConfig.NetworkName)).RemoveStale(inUse);
        if (removed > 0)
        {
            LogLeases(removed);
        }

        void CheckFree(IPNetwork range, string what)
        {
            if (RangeConflict.Find(range, options.BridgeName, links, addresses, routes, _gateway) is { } device)
            {
                throw new NetworkException($"the {what} range {range} is in use on this machine by {device}: choose another one");
            }
        }
    }

    /// <summary>
    /// Removes all kernel objects of this cluster and nothing else: the packet filter's table, pods' cables and left-over
    /// network namespaces, the device, routes. Forwarding stays on, for others may need it by now. Absent things are no error.
    /// </summary>
    /// <exception cref="NetworkException">The kernel refuses.</exception>
    public Task RemoveAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            Remove();
        }
        catch (Exception e) when (e is NetlinkException or UnauthorizedAccessException or IOException)
        {
            throw new NetworkException($"cannot remove the pod network {options.BridgeName}: {e.Message}", e);
        }
        return Task.CompletedTask;
    }

    private void Remove()
    {
        using (var nft = new NftSocket())
        {
            nft.DeleteTable(options.TableName);
        }
        using var netlink = new RouteNetlink();
        var links = netlink.Links();
        var holders = netlink.Addresses().Where(a => a.Address == _gateway).Select(a => a.Index).ToHashSet();
        var cables = links.Where(l => l.Kind == "veth" && holders.Contains(l.Index)).ToList();
        NamespaceFiles.Remove(netlink, cables.Select(c => c.PeerNamespaceId).Where(id => id >= 0).ToHashSet(),
            ["/run/netns", Path.Combine(options.DataDir, "containerd", "state", "netns")]);
        foreach (var cable in cables)
        {
            netlink.DeleteLink(cable.Index);
        }
        if (links.Find(l => l.Name == options.BridgeName) is { } bridge)
        {
            netlink.DeleteLink(bridge.Index);
            netlink.DeleteUnreachable(options.PodRange);
        }
        foreach (var directory in (string[])[options.CniConfDir, options.CniLeaseDir])
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    /// <summary>Pods get the MTU of the way out, so that their packets need no splitting there.</summary>
    private static uint Mtu(List<Link> links, List<Route> routes)
    {
        var way = routes.Find(r => r.PrefixLength == 0 && r.Index != 0).Index;
        return links.Find(l => l.Index == way && way != 0)?.Mtu ?? 1500;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Created {Bridge} with the gateway address {Gateway}")]
    private partial void LogCreated(string bridge, IPAddress gateway);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} address leases of pods that are gone")]
    private partial void LogLeases(int count);
}
