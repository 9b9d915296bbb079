using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Proa.Api.Json;

namespace Proa.ApiServer.Objects;

/// <summary>
/// The one form in which objects are stored: <c>kind</c>, <c>apiVersion</c> and <c>metadata</c> come first, so that a list
/// can leave out the first two and a revision can be put in, without a parse.
/// <code>{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"p",…},"spec":…}</code>
/// </summary>
internal static class ObjectBytes
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = JsonTree.MaxDepth,
    };

    private static ReadOnlySpan<byte> Marker => "\"metadata\":{\"resourceVersion\":\""u8;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    /// <summary>Encodes without a resourceVersion; the offset is where the store puts it.</summary>
    public static (byte[] Json, int RevisionOffset) Encode(JsonObject obj)
    {
        var buffer = t_buffer ??= new(4096);
        buffer.ResetWrittenCount();
        int offset;
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, obj.String("kind"));
            writer.WriteString("apiVersion"u8, obj.String("apiVersion"));
            writer.WriteStartObject("metadata"u8);
            offset = (int)(writer.BytesCommitted + writer.BytesPending);
            foreach (var (key, value) in obj.Object("metadata") ?? [])
            {
                if (key is not "resourceVersion")
                {
                    writer.WritePropertyName(key);
                    JsonTree.Write(value, writer);
                }
            }
            writer.WriteEndObject();
            foreach (var (key, value) in obj)
            {
                if (key is not ("kind" or "apiVersion" or "metadata"))
                {
                    writer.WritePropertyName(key);
                    JsonTree.Write(value, writer);
                }
            }
            writer.WriteEndObject();
        }
        return (buffer.WrittenSpan.ToArray(), offset);
    }

    /// <summary>Encodes with the resourceVersion that the object has, if any, where the store would put it.</summary>
    public static ReadOnlyMemory<byte> EncodeWhole(JsonObject obj)
    {
        var (json, offset) = Encode(obj);
        return obj.Object("metadata")?.String("resourceVersion") is { Length: > 0 } revision
            ? Splice(json, offset, revision)
            : json;
    }

    /// <summary>Puts a resourceVersion where <see cref="Encode"/> left room for it.</summary>
    public static byte[] Splice(byte[] json, int offset, string revision)
    {
        var member = System.Text.Encoding.ASCII.GetBytes($"\"resourceVersion\":\"{revision}\",");
        return [.. json.AsSpan(0, offset), .. member, .. json.AsSpan(offset)];
    }

    /// <summary>What each stored object of a kind starts with.</summary>
    public static byte[] Prefix(string kind, string apiVersion) =>
        System.Text.Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",");

    /// <summary>The revision that an object's bytes tell in the usual place; 0: none.</summary>
    public static long RevisionOf(ReadOnlySpan<byte> json)
    {
        var at = json.IndexOf(Marker);
        return at >= 0 && Utf8Parser.TryParse(json[(at + Marker.Length)..], out long revision, out _) ? revision : 0;
    }

    /// <summary>An object's bytes with another resourceVersion; the same when it has none in the usual place.</summary>
    public static ReadOnlyMemory<byte> WithRevision(ReadOnlyMemory<byte> json, long revision)
    {
        var span = json.Span;
        var at = span.IndexOf(Marker);
        if (at < 0)
        {
            return json;
        }
        var start = at + Marker.Length;
        var length = span[start..].IndexOf((byte)'"');
        Span<byte> digits = stackalloc byte[20];
        revision.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
        var made = new byte[span.Length - length + written];
        span[..start].CopyTo(made);
        digits[..written].CopyTo(made.AsSpan(start));
        span[(start + length)..].CopyTo(made.AsSpan(start + written));
        return made;
    }

    /// <summary>The object's <c>metadata</c>, as a slice.</summary>
    public static ReadOnlyMemory<byte> MetadataOf(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = JsonTree.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (wanted)
            {
                return json[start..(int)reader.BytesConsumed];
            }
        }
        return "{}"u8.ToArray();
    }
}
