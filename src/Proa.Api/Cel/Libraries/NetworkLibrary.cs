using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Addresses and ranges of addresses.</summary>
internal static class NetworkLibrary
{
    public static void AddTo(FunctionList f)
    {
        var ip = IpValue.CelType;
        var cidr = CidrValue.CelType;
        f.Global("ip", "string_to_ip", [CelType.String], ip, static a => Address(a[0].AsString, out var error) is { } address ? CelValue.Of(new IpValue(address)) : CelValue.Error(error));
        f.Global("isIP", "is_ip", [CelType.String], CelType.Bool, static a => CelValue.Of(Address(a[0].AsString, out _) is not null));
        f.Global("ip.isCanonical", "ip_is_canonical", [CelType.String], CelType.Bool,
            static a => Address(a[0].AsString, out var error) is { } address ? CelValue.Of(address.ToString() == a[0].AsString) : CelValue.Error(error));
        f.Global("string", "ip_to_string", [ip], CelType.String, static a => CelValue.Of(Ip(a[0]).ToString()));
        f.Member("family", "ip_family", [ip], CelType.Int, static a => CelValue.Of(Is4(Ip(a[0])) ? 4L : 6L));
        Property(f, "isUnspecified", "ip_is_unspecified", static a => a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any));
        Property(f, "isLoopback", "ip_is_loopback", IPAddress.IsLoopback);
        Property(f, "isLinkLocalMulticast", "ip_is_link_local_multicast", IsLinkLocalMulticast);
        Property(f, "isLinkLocalUnicast", "ip_is_link_local_unicast", IsLinkLocalUnicast);
        Property(f, "isGlobalUnicast", "ip_is_global_unicast", IsGlobalUnicast);

        f.Global("cidr", "string_to_cidr", [CelType.String], cidr, static a => Range(a[0].AsString, out var error) is { } range
            ? CelValue.Of(range)
            : CelValue.Error($"network address parse error during conversion from string: {error}"));
        f.Global("isCIDR", "is_cidr", [CelType.String], CelType.Bool, static a => CelValue.Of(Range(a[0].AsString, out _) is not null));
        f.Global("string", "cidr_to_string", [cidr], CelType.String, static a => CelValue.Of(a[0].AsOpaque.ToString()!));
        f.Member("containsIP", "cidr_contains_ip_string", [cidr, CelType.String], CelType.Bool,
            static a => Address(a[1].AsString, out var error) is { } address ? CelValue.Of(Cidr(a[0]).Contains(address)) : CelValue.Error(error));
        f.Member("containsIP", "cidr_contains_ip_ip", [cidr, ip], CelType.Bool, static a => CelValue.Of(Cidr(a[0]).Contains(Ip(a[1]))));
        f.Member("containsCIDR", "cidr_contains_cidr_string", [cidr, CelType.String], CelType.Bool, static a => Range(a[1].AsString, out var error) is { } range
            ? CelValue.Of(Contains(Cidr(a[0]), range))
            : CelValue.Error($"network address parse error during conversion from string: {error}"));
        f.Member("containsCIDR", "cidr_contains_cidr", [cidr, cidr], CelType.Bool, static a => CelValue.Of(Contains(Cidr(a[0]), Cidr(a[1]))));
        f.Member("ip", "cidr_ip", [cidr], ip, static a => CelValue.Of(new IpValue(Cidr(a[0]).Address)));
        f.Member("prefixLength", "cidr_prefix_length", [cidr], CelType.Int, static a => CelValue.Of((long)Cidr(a[0]).Length));
        f.Member("masked", "cidr_masked", [cidr], cidr, static a => CelValue.Of(Cidr(a[0]).Masked()));
    }

    private static void Property(FunctionList f, string name, string id, Func<IPAddress, bool> holds) =>
        f.Member(name, id, [IpValue.CelType], CelType.Bool, a => CelValue.Of(holds(Ip(a[0]))));

    private static IPAddress Ip(in CelValue value) => ((IpValue)value.AsOpaque).Address;

    private static CidrValue Cidr(in CelValue value) => (CidrValue)value.AsOpaque;

    private static bool Is4(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork;

    private static bool Contains(CidrValue range, CidrValue other) => range.Contains(other.Address) && range.Length <= other.Length;

    private static bool IsLinkLocalMulticast(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? bytes is [224, 0, 0, _] : bytes[0] == 0xFF && (bytes[1] & 0x0F) == 2;
    }

    private static bool IsLinkLocalUnicast(IPAddress address) =>
        Is4(address) ? address.GetAddressBytes() is [169, 254, _, _] : address.IsIPv6LinkLocal;

    private static bool IsGlobalUnicast(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var multicast = bytes.Length == 4 ? (bytes[0] & 0xF0) == 224 : bytes[0] == 0xFF;
        return !multicast && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.Broadcast)
            && !IPAddress.IsLoopback(address) && !IsLinkLocalUnicast(address);
    }

    private static IPAddress? Address(string text, out string error)
    {
        var problem = Parse(text, out var address);
        error = problem is null ? "" : $"IP Address \"{text}\" parse error during conversion from string: ParseAddr(\"{text}\"): {problem}";
        if (problem is null && text.Contains('%', StringComparison.Ordinal))
        {
            error = $"IP address \"{text}\" with zone value is not allowed";
            return null;
        }
        if (address is { IsIPv4MappedToIPv6: true })
        {
            error = $"IPv4-mapped IPv6 address \"{text}\" is not allowed";
            return null;
        }
        return address;
    }

    private static string? Parse(string text, out IPAddress? address)
    {
        address = null;
        var mark = text.AsSpan().IndexOfAny('.', ':', '%');
        if (mark < 0)
        {
            return "unable to parse IP";
        }
        if (text[mark] == '%')
        {
            return "missing IPv6 address";
        }
        if (text[mark] == '.')
        {
            var parts = text.Split('.');
            foreach (var part in parts)
            {
                if (part.Length == 0)
                {
                    return "IPv4 field must have at least one digit";
                }
                if (part.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0)
                {
                    return $"unexpected character (at \"{text[text.AsSpan().IndexOfAnyExcept("0123456789.")..]}\")";
                }
                if (part.Length > 1 && part[0] == '0')
                {
                    return "IPv4 field has octet with leading zero";
                }
                if (part.Length > 3 || int.Parse(part, CultureInfo.InvariantCulture) > 255)
                {
                    return "IPv4 field has value >255";
                }
            }
            if (parts.Length != 4)
            {
                return parts.Length < 4 ? "IPv4 address too short" : "IPv4 address too long";
            }
            address = IPAddress.Parse(text);
            return null;
        }
        var zone = text.IndexOf('%');
        if (zone == text.Length - 1)
        {
            return "zone must be a non-empty string";
        }
        var bare = zone < 0 ? text : text[..zone];
        return bare.AsSpan().IndexOfAny('[', ']') < 0 && IPAddress.TryParse(bare, out address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? null
            : $"each group must have 4 or fewer digits or be well formed (at \"{text}\")";
    }

    private static CidrValue? Range(string text, out string error)
    {
        error = "";
        var prefix = $"network address parse error during conversion from string: netip.ParsePrefix(\"{text}\"): ";
        var slash = text.LastIndexOf('/');
        if (slash < 0)
        {
            error = prefix + "no '/'";
            return null;
        }
        var address = text[..slash];
        if (Parse(address, out var parsed) is { } problem)
        {
            error = prefix + $"ParseAddr(\"{address}\"): {problem}";
            return null;
        }
        if (address.Contains('%', StringComparison.Ordinal))
        {
            error = prefix + "IPv6 zones cannot be present in a prefix";
            return null;
        }
        var bits = text[(slash + 1)..];
        if (bits.Length == 0 || (bits.Length > 1 && bits[0] is < '1' or > '9') || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            error = prefix + $"bad bits after slash: \"{bits}\"";
            return null;
        }
        if (length > (Is4(parsed!) ? 32 : 128))
        {
            error = prefix + "prefix length out of range";
            return null;
        }
        if (parsed!.IsIPv4MappedToIPv6)
        {
            error = $"IPv4-mapped IPv6 address \"{text}\" is not allowed";
            return null;
        }
        return new CidrValue(parsed, length);
    }
}

/// <summary>An address as a value of the language.</summary>
public sealed class IpValue(IPAddress address) : CelOpaque
{
    public static readonly CelType CelType = CelType.OpaqueNamed("net.IP");

    public IPAddress Address => address;

    public override CelType Type => CelType;

    public override long? Size => address.AddressFamily == AddressFamily.InterNetwork ? 4 : 16;

    public override CelValue EqualTo(CelOpaque other) => CelValue.Of(other is IpValue ip && ip.Address.Equals(address));

    public override string ToString() => address.ToString();
}

/// <summary>A range of addresses as a value of the language.</summary>
public sealed class CidrValue(IPAddress address, int length) : CelOpaque
{
    public static readonly CelType CelType = CelType.OpaqueNamed("net.CIDR");

    public IPAddress Address => address;

    public int Length => length;

    public override CelType Type => CelType;

    public override long? Size => (length + 7) / 8;

    public override CelValue EqualTo(CelOpaque other) => CelValue.Of(other is CidrValue range && range.Length == length && range.Address.Equals(address));

    public override string ToString() => $"{address}/{length.ToString(CultureInfo.InvariantCulture)}";

    internal bool Contains(IPAddress other) =>
        other.AddressFamily == address.AddressFamily && Mask(other).AsSpan().SequenceEqual(Mask(address));

    internal CidrValue Masked() => new(new IPAddress(Mask(address)), length);

    private byte[] Mask(IPAddress value)
    {
        var bytes = value.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - i * 8, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }
        return bytes;
    }
}
