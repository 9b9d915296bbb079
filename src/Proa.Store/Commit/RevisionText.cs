using System.Buffers.Text;
using System.Text.Json;

namespace Proa.Store.Commit;

/// <summary>Puts a resourceVersion into an object's JSON without parsing or encoding it again.</summary>
internal static class RevisionText
{
    private const int MaxDigits = 20;

    private static ReadOnlySpan<byte> MemberStart => "\"resourceVersion\":\""u8;

    private static ReadOnlySpan<byte> MemberEnd => "\","u8;

    /// <summary>Inserts <c>"resourceVersion":"N",</c> at the offset.</summary>
    public static byte[] Insert(ReadOnlySpan<byte> json, int offset, long revision)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var result = new byte[json.Length + MemberStart.Length + length + MemberEnd.Length];
        var rest = result.AsSpan();
        Append(ref rest, json[..offset]);
        Append(ref rest, MemberStart);
        Append(ref rest, digits[..length]);
        Append(ref rest, MemberEnd);
        Append(ref rest, json[offset..]);
        return result;
    }

    /// <summary>Replaces the value of <c>metadata.resourceVersion</c>; JSON without one is answered as it is.</summary>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static byte[] Replace(ReadOnlySpan<byte> json, long revision)
    {
        if (!TryFind(json, out var start, out var end))
        {
            return json.ToArray();
        }
        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(revision, digits, out var length);
        var result = new byte[json.Length - (end - start) + length];
        var rest = result.AsSpan();
        Append(ref rest, json[..start]);
        Append(ref rest, digits[..length]);
        Append(ref rest, json[end..]);
        return result;
    }

    /// <summary>Takes out what <see cref="Insert"/> put in.</summary>
    /// <returns>The JSON without it, and where it was.</returns>
    /// <exception cref="FormatException">There is none.</exception>
    public static (byte[] Json, int Offset) Remove(ReadOnlySpan<byte> json)
    {
        if (!TryFind(json, out var start, out var end) || !json[..start].EndsWith(MemberStart) || !json[end..].StartsWith(MemberEnd))
        {
            throw new FormatException("it has no resourceVersion that the store put in");
        }
        var offset = start - MemberStart.Length;
        return ([.. json[..offset], .. json[(end + MemberEnd.Length)..]], offset);
    }

    private static bool TryFind(ReadOnlySpan<byte> json, out int start, out int end)
    {
        var reader = new Utf8JsonReader(json);
        var inMetadata = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != (inMetadata ? 2 : 1))
            {
                if (inMetadata && reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 1)
                {
                    break;
                }
                continue;
            }
            if (!inMetadata && reader.ValueTextEquals("metadata"u8))
            {
                inMetadata = true;
                continue;
            }
            var found = inMetadata && reader.ValueTextEquals("resourceVersion"u8);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.String)
            {
                start = (int)reader.TokenStartIndex + 1;
                end = (int)reader.BytesConsumed - 1;
                return true;
            }
            reader.Skip();
        }
        start = end = 0;
        return false;
    }

    private static void Append(ref Span<byte> target, scoped ReadOnlySpan<byte> part)
    {
        part.CopyTo(target);
        target = target[part.Length..];
    }
}
