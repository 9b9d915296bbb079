using System.Text;

namespace Proa.Bench.Api.Client;

internal static class ContinueToken
{
    /// <summary>The token in a list's metadata, which comes first; null on the last page.</summary>
    public static string? Find(ReadOnlySpan<byte> list)
    {
        var name = "\"continue\":\""u8;
        var head = list[..Math.Min(list.Length, 2048)];
        var items = head.IndexOf("\"items\":"u8);
        var at = head[..(items < 0 ? head.Length : items)].IndexOf(name);
        if (at < 0)
        {
            return null;
        }
        var token = list[(at + name.Length)..];
        token = token[..token.IndexOf((byte)'"')];
        return token.IsEmpty ? null : Encoding.ASCII.GetString(token);
    }
}
