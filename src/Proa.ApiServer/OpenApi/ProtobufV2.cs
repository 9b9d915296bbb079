using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// An OpenAPI 2 document in the protobuf form that gnostic defines (<c>openapi.v2.Document</c>), for the parts that
/// <see cref="OpenApiDocuments.V2"/> uses. The numbers are those of gnostic's <c>OpenAPIv2.proto</c>.
/// </summary>
internal static class ProtobufV2
{
    public const string ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    public static byte[] Write(JsonObject document)
    {
        var made = new WireWriter();
        made.Text(1, document.String("swagger"));
        made.Message(2, info =>
        {
            info.Text(1, document.Object("info")?.String("title"));
            info.Text(2, document.Object("info")?.String("version"));
        });
        made.Message(8, paths => Named(paths, 2, document.Object("paths"), Path));
        made.Message(9, definitions => Named(definitions, 1, document.Object("definitions"), Schema));
        return made.ToArray();
    }

    // repeated { name = 1, value = 2 }
    private static void Named(WireWriter writer, int number, JsonObject? members, Action<WireWriter, JsonObject> write)
    {
        foreach (var (name, value) in members ?? [])
        {
            writer.Message(number, entry =>
            {
                entry.Text(1, name);
                entry.Message(2, inner => write(inner, (JsonObject)value));
            });
        }
    }

    private static void Path(WireWriter writer, JsonObject path)
    {
        foreach (var (method, number) in (ReadOnlySpan<(string, int)>)[("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)])
        {
            if (path.Object(method) is { } operation)
            {
                writer.Message(number, inner => Operation(inner, operation));
            }
        }
        Parameters(writer, 9, path.Array("parameters"));
    }

    private static void Operation(WireWriter writer, JsonObject operation)
    {
        foreach (var consumed in operation.Array("consumes") ?? [])
        {
            writer.Text(7, ((JsonString)consumed).Value);
        }
        Parameters(writer, 8, operation.Array("parameters"));
        writer.Message(9, responses => Named(responses, 1, operation.Object("responses"), static (item, response) => item.Message(1, inner =>
        {
            inner.Text(1, response.String("description"));
            if (response.Object("schema") is { } schema)
            {
                inner.Message(2, one => one.Message(1, s => Schema(s, schema)));
            }
        })));
        Extensions(writer, 13, operation);
    }

    // Parameters item { parameter = 1 { non-body = 2 { query = 3 | path = 4 } } }
    private static void Parameters(WireWriter writer, int number, JsonArray? parameters)
    {
        foreach (var parameter in (parameters ?? []).OfType<JsonObject>())
        {
            if (parameter.String("in") == "body")
            {
                writer.Message(number, item => item.Message(1, p => p.Message(1, body => Body(body, parameter))));
                continue;
            }
            var inPath = parameter.String("in") == "path";
            writer.Message(number, item => item.Message(1, p => p.Message(2, nonBody => nonBody.Message(inPath ? 4 : 3, inner =>
            {
                if (inPath)
                {
                    inner.Bool(1, true);
                }
                inner.Text(2, parameter.String("in"));
                inner.Text(4, parameter.String("name"));
                inner.Text(inPath ? 5 : 6, parameter.String("type"));
            }))));
        }
    }

    // { description = 1, name = 2, in = 3, required = 4, schema = 5 }
    private static void Body(WireWriter writer, JsonObject parameter)
    {
        writer.Text(1, parameter.String("description"));
        writer.Text(2, parameter.String("name"));
        writer.Text(3, parameter.String("in"));
        if (parameter.Bool("required") == true)
        {
            writer.Bool(4, true);
        }
        if (parameter.Object("schema") is { } schema)
        {
            writer.Message(5, inner => Schema(inner, schema));
        }
    }

    private static void Schema(WireWriter writer, JsonObject schema)
    {
        writer.Text(1, schema.String("$ref"));
        writer.Text(2, schema.String("format"));
        writer.Text(3, schema.String("title"));
        writer.Text(4, schema.String("description"));
        if (schema["default"] is { } fallback)
        {
            writer.Message(5, any => any.Text(2, fallback.ToString()));
        }
        Limits(writer, schema);
        foreach (var required in schema.Array("required") ?? [])
        {
            writer.Text(19, ((JsonString)required).Value);
        }
        foreach (var value in schema.Array("enum") ?? [])
        {
            writer.Message(20, any => any.Text(2, value.ToString()));
        }
        switch (schema["additionalProperties"])
        {
            case JsonObject additional:
                writer.Message(21, item => item.Message(1, inner => Schema(inner, additional)));
                break;
            case JsonBool allowed:
                writer.Message(21, item => item.Bool(2, allowed.Value));
                break;
        }
        if (schema.String("type") is { } type)
        {
            writer.Message(22, item => item.Text(1, type));
        }
        if (schema.Object("items") is { } items)
        {
            writer.Message(23, item => item.Message(1, inner => Schema(inner, items)));
        }
        if (schema.Object("properties") is { } properties)
        {
            writer.Message(25, inner => Named(inner, 1, properties, Schema));
        }
        if (schema.Object("externalDocs") is { } documents)
        {
            writer.Message(29, inner =>
            {
                inner.Text(1, documents.String("description"));
                inner.Text(2, documents.String("url"));
            });
        }
        if (schema["example"] is { } example)
        {
            writer.Message(30, any => any.Text(2, example.ToString()));
        }
        Extensions(writer, 31, schema);
    }

    private static void Limits(WireWriter writer, JsonObject schema)
    {
        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)[("multipleOf", 6), ("maximum", 7), ("minimum", 9)])
        {
            if (schema[name] is JsonNumber limit)
            {
                writer.Double(number, limit.ToDouble());
            }
        }
        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)[("exclusiveMaximum", 8), ("exclusiveMinimum", 10), ("uniqueItems", 16)])
        {
            if (schema.Bool(name) == true)
            {
                writer.Bool(number, true);
            }
        }
        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)
            [("maxLength", 11), ("minLength", 12), ("maxItems", 14), ("minItems", 15), ("maxProperties", 17), ("minProperties", 18)])
        {
            if (schema.Int(name) is { } limit)
            {
                writer.Number(number, limit);
            }
        }
        writer.Text(13, schema.String("pattern"));
    }

    // repeated { name = 1, value = 2 { yaml = 2 } }
    private static void Extensions(WireWriter writer, int number, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            if (name.StartsWith("x-", StringComparison.Ordinal))
            {
                writer.Message(number, entry =>
                {
                    entry.Text(1, name);
                    entry.Message(2, any => any.Text(2, value.ToString()));
                });
            }
        }
    }

    private sealed class WireWriter
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(256);

        public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

        public void Text(int number, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                Bytes(number, Encoding.UTF8.GetBytes(text));
            }
        }

        public void Bool(int number, bool value)
        {
            Varint((ulong)number << 3);
            Varint(value ? 1u : 0u);
        }

        public void Number(int number, long value)
        {
            Varint((ulong)number << 3);
            Varint((ulong)value);
        }

        public void Double(int number, double value)
        {
            Varint(((ulong)number << 3) | 1);
            BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), value);
            _buffer.Advance(sizeof(double));
        }

        public void Message(int number, Action<WireWriter> write)
        {
            var inner = new WireWriter();
            write(inner);
            Bytes(number, inner._buffer.WrittenSpan);
        }

        private void Bytes(int number, ReadOnlySpan<byte> bytes)
        {
            Varint(((ulong)number << 3) | 2);
            Varint((ulong)bytes.Length);
            _buffer.Write(bytes);
        }

        private void Varint(ulong value)
        {
            var span = _buffer.GetSpan(10);
            var length = 0;
            while (value >= 0x80)
            {
                span[length++] = (byte)(value | 0x80);
                value >>= 7;
            }
            span[length++] = (byte)value;
            _buffer.Advance(length);
        }
    }
}
