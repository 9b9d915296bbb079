using System.Net;
using System.Net.Sockets;

namespace Proa.Api.Kinds;

/// <summary>Checks of IP addresses and ranges, with the original's words.</summary>
internal static class Addresses
{
    public static void Check(string text, string field, FieldErrors errors)
    {
        if (!TryParse(text, out _))
        {
            errors.Invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }

    public static void CheckRange(string text, string field, FieldErrors errors)
    {
        if (!TryParseRange(text, out _, out _))
        {
            errors.Invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

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
            // Leading zeros are read as octal by some: the original's parser for stored objects lets them pass, new ones are refused.
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
            && length >= 0 && length <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) && !text.AsSpan(slash + 1).ContainsAnyExceptInRange('0', '9');
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
