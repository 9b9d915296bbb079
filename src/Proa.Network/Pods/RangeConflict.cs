using System.Net;
using Proa.Network.Netlink;

namespace Proa.Network.Pods;

/// <summary>Finds who on this machine uses a range already. Pure.</summary>
internal static class RangeConflict
{
    /// <returns>The device whose address or route lies in the range, or null. Broader routes do not hurt.</returns>
    public static string? Find(
        IPNetwork range, string own, IReadOnlyList<Link> links, IReadOnlyList<LinkAddress> addresses, IReadOnlyList<Route> routes, Ip4 gateway)
    {
        // A pod's host-side device carries the gateway's address, and a route to the pod: those are ours.
        var ours = new HashSet<int>();
        foreach (var link in links)
        {
            if (link.Name == own)
            {
                ours.Add(link.Index);
            }
        }
        foreach (var address in addresses)
        {
            if (address.Address == gateway && links.Any(l => l.Index == address.Index && l.Kind == "veth"))
            {
                ours.Add(address.Index);
            }
        }
        foreach (var address in addresses)
        {
            if (address.Address.In(range) && !ours.Contains(address.Index))
            {
                return Name(address.Index);
            }
        }
        foreach (var route in routes)
        {
            if (route.PrefixLength >= range.PrefixLength && route.Index != 0 && route.Destination.In(range) && !ours.Contains(route.Index))
            {
                return Name(route.Index);
            }
        }
        return null;

        string Name(int index) => links.FirstOrDefault(l => l.Index == index)?.Name ?? $"device {index}";
    }
}
