using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>
/// The maps in which frontends are found: those with an address by address, protocol and port; those on all addresses of
/// the machine by protocol and port only.
/// </summary>
internal sealed record FrontendSets(string Services, string Endpoints, string Refusals, string Picks, string Affinity, string Sticky, NftField[] Key)
{
    public static readonly FrontendSets ByAddress = new(
        "services", "endpoints", "refusals", "picks", "affinity", "sticky", [NftField.Destination, NftField.Protocol, NftField.Port]);

    public static readonly FrontendSets ByPort = new(
        "ports", "port_endpoints", "port_refusals", "port_picks", "port_affinity", "port_sticky", [NftField.Protocol, NftField.Port]);

    /// <summary>How many registers the key takes.</summary>
    public uint Width => (uint)Key.Length;

    public static FrontendSets Of(bool onAllAddresses) => onAllAddresses ? ByPort : ByAddress;

    /// <summary>Loads the packet's key.</summary>
    public NftRule Load(NftRule rule, uint register) => Width == 3 ? rule.LoadTarget(register) : rule.LoadPort(register);
}
