using System.Text;
using System.Text.Json;

namespace Proa.Client.Http;

/// <summary>Splits a list's bytes into its items.</summary>
internal static class ListPageReader
{
    /// <exception cref="JsonException">Not a list.</exception>
    public static ListPage Read(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        string kind = "", apiVersion = "", revision = "";
        string? next = null;
        var ranges = new List<(int Start, int End, bool Typed)>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                reader.Read();
                kind = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("apiVersion"u8))
            {
                reader.Read();
                apiVersion = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                ReadMetadata(ref reader, ref revision, ref next);
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                ReadItems(ref reader, ranges);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        var items = new ReadOnlyMemory<byte>[ranges.Count];
        var prefix = Encoding.UTF8.GetBytes($"{{\"apiVersion\":\"{apiVersion}\",\"kind\":\"{(kind.EndsWith("List", StringComparison.Ordinal) ? kind[..^4] : kind)}\",");
        for (var i = 0; i < items.Length; i++)
        {
            var (start, end, typed) = ranges[i];
            var item = json[start..end];
            items[i] = typed ? item.ToArray() : (byte[])[.. prefix, .. item.Span[1..]];
        }
        return new(items, revision, next);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, ref string revision, ref string? next)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
            {
                reader.Read();
                revision = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("continue"u8))
            {
                reader.Read();
                next = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadItems(ref Utf8JsonReader reader, List<(int, int, bool)> ranges)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            var typed = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                typed |= reader.ValueTextEquals("kind"u8);
                reader.Read();
                reader.Skip();
            }
            ranges.Add((start, (int)reader.BytesConsumed, typed));
        }
    }
}
