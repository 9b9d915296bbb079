namespace Proa.Network.Dns;

/// <summary>What one owner has at one name.</summary>
internal sealed class ZoneRecords
{
    public List<Ip4> Addresses { get; } = [];

    /// <summary>IPv6, 16 bytes each.</summary>
    public List<byte[]> Addresses6 { get; } = [];

    public List<ServiceLocation> Locations { get; } = [];

    /// <summary>Names, on the wire's form, of what has this address.</summary>
    public List<byte[]> Pointers { get; } = [];

    /// <summary>The name that this one is another name for; then there is nothing else.</summary>
    public byte[]? Alias { get; set; }

    public byte[]? Text { get; set; }
}

/// <summary>An SRV record.</summary>
internal readonly record struct ServiceLocation(ushort Port, byte[] Target, Ip4? Address);
