using System.Net;
using System.Net.Mail;
using System.Net.Sockets;

namespace Proa.Api.Schema;

/// <summary>The <c>format</c>s of strings that are checked; others say nothing.</summary>
internal static class StringFormats
{
    public static bool IsValid(string format, string text) => format switch
    {
        "date-time" or "datetime" => Rfc3339.TryParse(text, out _),
        "date" => text.Length == 10 && Rfc3339.TryParse(text + "T00:00:00Z", out _),
        "byte" => System.Buffers.Text.Base64.IsValid(text),
        "ipv4" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && text.Count('.') == 3,
        "ipv6" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6,
        "cidr" => IPNetwork.TryParse(text, out _),
        "mac" => System.Net.NetworkInformation.PhysicalAddress.TryParse(text, out _),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => Guid.TryParseExact(text, "D", out _),
        "email" => MailAddress.TryCreate(text, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "hostname" => Uri.CheckHostName(text) != UriHostNameType.Unknown,
        _ => true,
    };
}
