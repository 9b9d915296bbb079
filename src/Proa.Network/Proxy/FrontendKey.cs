namespace Proa.Network.Proxy;

/// <summary>Where clients connect to.</summary>
/// <param name="Address"><see cref="Ip4.Any"/> for all addresses of this machine.</param>
/// <param name="Protocol">The IP protocol's number.</param>
internal readonly record struct FrontendKey(Ip4 Address, byte Protocol, ushort Port)
{
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Sctp = 132;

    public bool OnAllAddresses => Address == Ip4.Any;

    /// <returns>Null for a protocol that Services do not know.</returns>
    public static byte? ProtocolOf(string? name) => name switch
    {
        null or "" or "TCP" => Tcp,
        "UDP" => Udp,
        "SCTP" => Sctp,
        _ => null,
    };
}

/// <summary>Where connections go.</summary>
internal readonly record struct Backend(Ip4 Address, ushort Port);
