using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Proa.Network.Dns;

/// <summary>Domain names as they are on the wire: labels with their lengths, a zero at the end; at most 255 bytes.</summary>
internal static class DnsName
{
    public const int MaximumLength = 255;

    /// <summary>Encodes in lower case; labels must not be empty or longer than 63 bytes.</summary>
    /// <returns>False for what cannot be a name.</returns>
    public static bool TryEncode(string name, [NotNullWhen(true)] out byte[]? wire)
    {
        wire = null;
        var text = name.EndsWith('.') ? name[..^1] : name;
        if (text.Length is 0 or > MaximumLength - 2 || !Ascii.IsValid(text))
        {
            return false;
        }
        var bytes = new byte[text.Length + 2];
        var label = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                var length = i - label;
                if (length is 0 or > 63)
                {
                    return false;
                }
                bytes[label] = (byte)length;
                label = i + 1;
            }
            else
            {
                bytes[i + 1] = (byte)char.ToLowerInvariant(text[i]);
            }
        }
        wire = bytes;
        return true;
    }

    /// <exception cref="ArgumentException">Not a name.</exception>
    public static byte[] Encode(string name) => TryEncode(name, out var wire) ? wire : throw new ArgumentException($"not a domain name: {name}");

    /// <summary>The name without its first label; the root's is empty.</summary>
    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> name) => name.Length <= 1 ? default : name[(name[0] + 1)..];

    public static ReadOnlySpan<byte> FirstLabel(ReadOnlySpan<byte> name) => name.Slice(1, name[0]);

    /// <summary>Whether the name is the zone's or below it, whatever the case of its letters.</summary>
    public static bool IsIn(ReadOnlySpan<byte> name, ReadOnlySpan<byte> zone)
    {
        while (name.Length > zone.Length)
        {
            name = Parent(name);
        }
        return NameComparer.Instance.Equals(name, zone);
    }

    /// <summary>For people.</summary>
    public static string Show(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        while (name.Length > 1)
        {
            foreach (var b in FirstLabel(name))
            {
                text.Append(b is > 32 and < 127 ? (char)b : '?');
            }
            text.Append('.');
            name = Parent(name);
        }
        return text.Length == 0 ? "." : text.ToString();
    }
}
