using System.Net;

namespace Proa.Api.Kinds.Core;

/// <summary>Addresses to which a cluster sends traffic: none that mean the node itself or nobody.</summary>
internal static class EndpointAddresses
{
    public static void Check(string text, string field, FieldErrors errors)
    {
        if (!Addresses.TryParse(text, out _))
        {
            Addresses.Check(text, field, errors);
            return;
        }
        CheckRange(text, field, errors);
    }

    public static void CheckRange(string text, string field, FieldErrors errors)
    {
        if (!Addresses.TryParse(text, out var ip) && !Addresses.TryParse(Addresses.WithoutLeadingZeros(text), out ip))
        {
            errors.Invalid(field, text, "must be a valid IP address");
            return;
        }
        var bytes = ip.GetAddressBytes();
        if (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
        {
            errors.Invalid(field, text, $"may not be unspecified ({text})");
        }
        if (IPAddress.IsLoopback(ip))
        {
            errors.Invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        }
        if (bytes.Length == 4 ? bytes[0] == 169 && bytes[1] == 254 : ip.IsIPv6LinkLocal)
        {
            errors.Invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        }
        if (bytes.Length == 4 ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0 : bytes[0] == 0xff && (bytes[1] & 0xf) == 2)
        {
            errors.Invalid(field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
        }
    }
}
