using System.Net;
using System.Net.Sockets;

namespace Proa.Api.Kinds;

/// <summary>Checks of IP addresses and ranges, with the original's words.</summary>
internal static class Addresses
{
    public static void Check(string text, string field, FieldErrors errors)
    {
        if (TryParse(text, out var address))
        {
            if (address.IsIPv4MappedToIPv6)
            {
                errors.Invalid(field, text, "must not be an IPv4-mapped IPv6 address");
            }
            return;
        }
        errors.Invalid(field, text, TryParse(WithoutLeadingZeros(text), out _)
            ? "must not have leading 0s"
            : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }

    /// <summary>The same, where only the one form of the address that everybody writes is taken.</summary>
    public static void CheckCanonical(string text, string field, FieldErrors errors)
    {
        var before = errors.Count;
        Check(text, field, errors);
        if (errors.Count == before && TryParse(text, out var address) && address.ToString() is var canonical && canonical != text)
        {
            errors.Invalid(field, text, $"must be in canonical form (\"{canonical}\")");
        }
    }

    public static void CheckRange(string text, string field, FieldErrors errors)
    {
        if (!TryParseRange(text, out var address, out var length))
        {
            errors.Invalid(field, text, TryParseRange(WithoutLeadingZeros(text), out _, out _)
                ? "must not have leading 0s in IP or prefix length"
                : "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
        else if (address.IsIPv4MappedToIPv6)
        {
            errors.Invalid(field, text, "must not have an IPv4-mapped IPv6 address");
        }
        else if (!Masked(address, length).Equals(address))
        {
            errors.Invalid(field, text, "must not have bits set beyond the prefix length");
        }
    }

    public static void CheckCanonicalRange(string text, string field, FieldErrors errors)
    {
        var before = errors.Count;
        CheckRange(text, field, errors);
        if (errors.Count == before && TryParseRange(text, out var address, out var length) && $"{address}/{length}" is var canonical && canonical != text)
        {
            errors.Invalid(field, text, $"must be in canonical form (\"{canonical}\")");
        }
    }

    /// <summary>What to say of an address that <see cref="Check"/> takes and nobody else writes like that; null: nothing.</summary>
    public static string? Warning(string text, string field) =>
        text.Contains(':') && TryParse(text, out var address) && address.ToString() is var canonical && canonical != text
            ? $"{field}: IPv6 address \"{text}\" should be in RFC 5952 canonical format (\"{canonical}\")"
            : null;

    /// <summary>The same of a range.</summary>
    public static string? RangeWarning(string text, string field) =>
        text.Contains(':') && TryParseRange(text, out var address, out var length) && $"{address}/{length}" is var canonical && canonical != text
            ? $"{field}: IPv6 CIDR value \"{text}\" should be in RFC 5952 canonical format (\"{canonical}\")"
            : null;

    /// <summary>Stricter than the framework's: four full numbers, no zone, no short forms.</summary>
    public static bool TryParse(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Contains(':'))
        {
            return !text.Contains('%') && !text.Contains('[') && IPAddress.TryParse(text, out address!);
        }
        var parts = text.Split('.');
        if (parts.Length != 4)
        {
            return false;
        }
        foreach (var part in parts)
        {
            // Leading zeros are read as octal by some.
            if (part.Length is 0 or > 3 || part.AsSpan().ContainsAnyExceptInRange('0', '9') || int.Parse(part) > 255 || (part.Length > 1 && part[0] == '0'))
            {
                return false;
            }
        }
        return IPAddress.TryParse(text, out address!);
    }

    public static bool TryParseRange(string text, out IPAddress address, out int length)
    {
        length = 0;
        address = IPAddress.None;
        var slash = text.IndexOf('/');
        return slash > 0 && TryParse(text[..slash], out address) && int.TryParse(text.AsSpan(slash + 1), out length)
            && length >= 0 && (text[slash + 1] != '0' || text.Length == slash + 2)
            && length <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) && !text.AsSpan(slash + 1).ContainsAnyExceptInRange('0', '9');
    }

    // 010.0.0.1/08
    public static string WithoutLeadingZeros(string text)
    {
        var slash = text.IndexOf('/');
        var (address, length) = slash < 0 ? (text, "") : (text[..slash], "/" + Trim(text[(slash + 1)..]));
        return (address.Contains(':') ? address : string.Join('.', address.Split('.').Select(Trim))) + length;

        static string Trim(string digits) => digits.Length > 1 && digits.TrimStart('0') is var trimmed ? trimmed.Length == 0 ? "0" : trimmed : digits;
    }

    /// <summary>The first address of a range.</summary>
    public static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return new(bytes);
    }
}
