using Proa.Network.Netlink;
using Proa.Network.Proxy;

namespace Proa.Network.Conntrack;

/// <summary>
/// UDP has no connection that ends: the kernel goes on sending a client's packets to the backend it chose first, be it gone,
/// as long as packets come. So what a change made wrong is deleted.
/// </summary>
internal static class StaleConnections
{
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static void Remove(IReadOnlySet<FrontendKey> changed, Func<FrontendKey, Frontend?> current)
    {
        using var conntrack = new ConntrackSocket();
        using var routes = new RouteNetlink();
        var local = routes.Addresses().Select(a => a.Address).ToHashSet();
        foreach (var connection in Find(conntrack.List(FrontendKey.Udp), changed, local.Contains, current))
        {
            conntrack.Remove(connection);
        }
    }

    /// <summary>Pure.</summary>
    /// <param name="changed">The UDP frontends that changed.</param>
    /// <param name="isLocal">Whether an address is this machine's: only then a frontend on all addresses can be meant.</param>
    /// <param name="current">The frontend as it stands, or null when it is gone.</param>
    public static IEnumerable<Connection> Find(
        IEnumerable<Connection> connections, IReadOnlySet<FrontendKey> changed, Func<Ip4, bool> isLocal, Func<FrontendKey, Frontend?> current)
    {
        foreach (var connection in connections)
        {
            var exact = new FrontendKey(connection.Destination, FrontendKey.Udp, connection.DestinationPort);
            var key = changed.Contains(exact) ? exact : exact with { Address = Ip4.Any };
            if (!changed.Contains(key) || (key.OnAllAddresses && !isLocal(connection.Destination)))
            {
                continue;
            }
            var backend = new Backend(connection.ReplySource, connection.ReplyPort);
            if (current(key) is not { } frontend || !frontend.Backends.Contains(backend))
            {
                yield return connection;
            }
        }
    }
}
