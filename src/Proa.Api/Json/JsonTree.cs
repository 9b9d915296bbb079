using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Proa.Api.Json;

/// <summary>Reads and writes <see cref="JsonValue"/> trees.</summary>
public static class JsonTree
{
    /// <summary>Objects nested deeper are refused; the recorded server's decoder allows 10,000, no real object passes 100.</summary>
    public const int MaxDepth = 512;

    private static readonly JsonReaderOptions s_readerOptions = new() { MaxDepth = MaxDepth };

    // Quotes and angle brackets in annotations are frequent; nothing here is pasted into HTML.
    private static readonly JsonWriterOptions s_writerOptions = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = MaxDepth,
    };

    /// <summary>Parses one whole JSON text.</summary>
    /// <param name="onDuplicate">Told the dotted path of each member that occurs twice in its object; the last one wins.</param>
    /// <exception cref="JsonException">Not JSON, or nested deeper than <see cref="MaxDepth"/>.</exception>
    public static JsonValue Parse(ReadOnlySpan<byte> utf8, Action<string>? onDuplicate = null)
    {
        var reader = new Utf8JsonReader(utf8, s_readerOptions);
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }
        var value = ReadValue(ref reader, onDuplicate, onDuplicate is null ? null : "");
        if (reader.Read())
        {
            throw new JsonException("text after the end of the JSON value");
        }
        return value;
    }

    public static JsonValue Parse(string json) => Parse(Encoding.UTF8.GetBytes(json));

    /// <summary>Parses an object.</summary>
    /// <exception cref="JsonException">Not JSON, or not an object.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8) =>
        Parse(utf8) as JsonObject ?? throw new JsonException("the JSON value is not an object");

    public static byte[] ToUtf8(JsonValue value)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Write(value, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The same JSON text for people: two blanks a level.</summary>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static byte[] Indented(ReadOnlySpan<byte> utf8)
    {
        var buffer = new ArrayBufferWriter<byte>(utf8.Length * 2);
        using (var writer = new Utf8JsonWriter(buffer, s_writerOptions with { Indented = true, NewLine = "\n" }))
        {
            Write(Parse(utf8), writer);
        }
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(JsonValue value, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, s_writerOptions);
        Write(value, writer);
    }

    public static void Write(JsonValue value, Utf8JsonWriter writer)
    {
        switch (value)
        {
            case JsonObject o:
                writer.WriteStartObject();
                foreach (var (key, member) in o)
                {
                    writer.WritePropertyName(key);
                    Write(member, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonArray a:
                writer.WriteStartArray();
                foreach (var item in a)
                {
                    Write(item, writer);
                }
                writer.WriteEndArray();
                break;
            case JsonString s:
                writer.WriteStringValue(s.Value);
                break;
            case JsonNumber n:
                writer.WriteRawValue(n.Text, skipInputValidation: true);
                break;
            case JsonBool b:
                writer.WriteBooleanValue(b.Value);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static JsonValue ReadValue(ref Utf8JsonReader reader, Action<string>? onDuplicate, string? path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var made = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = Text(ref reader);
                    reader.Read();
                    var at = path is null ? null : path.Length == 0 ? key : $"{path}.{key}";
                    var member = ReadValue(ref reader, onDuplicate, at);
                    if (made.ContainsKey(key))
                    {
                        onDuplicate?.Invoke(at!);
                        made[key] = member;
                    }
                    else
                    {
                        made.Append(key, member);
                    }
                }
                return made;
            case JsonTokenType.StartArray:
                var array = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Add(ReadValue(ref reader, onDuplicate, path is null ? null : $"{path}[{array.Count}]"));
                }
                return array;
            case JsonTokenType.String:
                return new JsonString(Text(ref reader));
            case JsonTokenType.Number:
                return new JsonNumber(Encoding.ASCII.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return JsonBool.True;
            case JsonTokenType.False:
                return JsonBool.False;
            default:
                return JsonNull.Instance;
        }
    }

    /// <summary>A string or name. Broken UTF-8 and halves of surrogate pairs become U+FFFD, as in the original.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Repaired(reader.ValueSpan);
        }
    }

    private static string Repaired(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(raw.Length);
        while (raw.IndexOf((byte)'\\') is var at and >= 0)
        {
            text.Append(Encoding.UTF8.GetString(raw[..at]));
            var length = raw[at + 1] == 'u' ? 6 : 2;
            var escape = raw[(at + 1)..(at + length)];
            text.Append((char)(escape[0] switch
            {
                (byte)'u' => int.Parse(escape[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                var self => self,
            }));
            raw = raw[(at + length)..];
        }
        text.Append(Encoding.UTF8.GetString(raw));
        // Encoding replaces what has no other half.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
