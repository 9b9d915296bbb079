using Proa.Network.Netlink;
using Proa.Network.Nftables;

namespace Proa.Network.Pods;

/// <summary>
/// What other software's rules do to pods. In nftables a packet has to be accepted by every table: that this cluster
/// accepts it does not undo another's drop, so all there is to do is to say so.
/// </summary>
public static class HostFirewall
{
    /// <summary>
    /// The chains that drop forwarded IPv4 packets which no rule of theirs accepts, such as <c>ip filter FORWARD</c> of a
    /// machine with Docker. Pods behind one reach neither each other nor the world, unless a rule in it lets them.
    /// </summary>
    /// <exception cref="NetworkException">The kernel has no nf_tables, or this process may not ask.</exception>
    public static IReadOnlyList<string> ForwardDrops()
    {
        try
        {
            using var socket = new NftSocket();
            return [.. socket.DroppingChains().Where(c => c.Hook == NftHook.Forward && Family(c.Family) is not null)
                .Select(c => $"{Family(c.Family)} {c.Table} {c.Chain}")];
        }
        catch (NetlinkException e)
        {
            throw new NetworkException($"cannot ask the kernel's packet filter: {e.Message}", e);
        }
    }

    private static string? Family(byte family) => family switch
    {
        1 => "inet",
        Nft.FamilyInet4 => "ip",
        _ => null,
    };
}
