using System.Globalization;
using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Protobuf;

/// <summary>
/// Reads objects in the API's protobuf form (<c>application/vnd.kubernetes.protobuf</c>): the bytes <c>k8s\0</c>, then an
/// envelope with the object's apiVersion and kind and its message, whose field numbers are in the schema file. Clients
/// that were built with the API's types write it. Fields whose number is not known are skipped, as protobuf wants it.
/// </summary>
public static class ProtobufDecoder
{
    private const int MaxDepth = 64;
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <param name="standsFor">The kind whose form and version stand for those of the body; null: its own.</param>
    /// <exception cref="FormatException">Not such a body, or of a kind that this API does not have in protobuf.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> body, SchemaRegistry registry, Func<GroupVersionKind, GroupVersionKind>? standsFor = null)
    {
        if (!body.StartsWith(Magic))
        {
            throw new FormatException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }
        var envelope = new ProtobufReader(body[Magic.Length..]);
        string apiVersion = "", kind = "";
        ReadOnlySpan<byte> raw = default;
        while (envelope.Next(out var number, out _))
        {
            switch (number)
            {
                case 1:
                    var type = new ProtobufReader(envelope.Bytes());
                    while (type.Next(out var field, out _))
                    {
                        var text = Encoding.UTF8.GetString(type.Bytes());
                        _ = field == 1 ? apiVersion = text : kind = text;
                    }
                    break;
                case 2:
                    raw = envelope.Bytes();
                    break;
                default:
                    envelope.Skip();
                    break;
            }
        }
        if (standsFor is not null)
        {
            apiVersion = standsFor(GroupVersionKind.Of(apiVersion, kind)).ApiVersion;
        }
        var node = registry.Find(GroupVersionKind.Of(apiVersion, kind))?.Root ?? registry.TypeNode($"meta.v1.{kind}")
            ?? throw new FormatException($"no kind \"{kind}\" is registered for version \"{apiVersion}\"");
        var obj = Message(node, raw, 0);
        obj["apiVersion"] = apiVersion;
        obj["kind"] = kind;
        return obj;
    }

    private static JsonObject Message(SchemaNode node, ReadOnlySpan<byte> bytes, int depth)
    {
        var obj = new JsonObject();
        Fill(obj, node.Fields.Wire, bytes, depth);
        return obj;
    }

    private static void Fill(JsonObject obj, WireFields fields, ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("the protobuf message is nested too deeply");
        }
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var number, out var wire))
        {
            if (!fields.TryGet(number, out var field))
            {
                reader.Skip();
            }
            else if (field.Embedded is { } embedded)
            {
                Fill(obj, embedded, reader.Bytes(), depth + 1);
            }
            else
            {
                Add(obj, field.Name!, field.Node!, ref reader, wire, depth);
            }
        }
    }

    private static void Add(JsonObject obj, string name, SchemaNode node, ref ProtobufReader reader, WireType wire, int depth)
    {
        switch (node.Kind)
        {
            case SchemaKind.List:
                if (obj[name] is not JsonArray items)
                {
                    obj[name] = items = new JsonArray();
                }
                if (wire == WireType.Bytes && node.Element!.Kind is SchemaKind.Int32 or SchemaKind.Int64)
                {
                    var packed = new ProtobufReader(reader.Bytes());
                    while (!packed.AtEnd)
                    {
                        items.Add(new JsonNumber((long)packed.Varint()));
                    }
                    return;
                }
                items.Add(Value(node.Element!, ref reader, wire, depth));
                return;
            case SchemaKind.Map:
                var entry = new ProtobufReader(reader.Bytes());
                var key = "";
                JsonValue? value = null;
                while (entry.Next(out var number, out var entryWire))
                {
                    if (number == 1)
                    {
                        key = Encoding.UTF8.GetString(entry.Bytes());
                    }
                    else
                    {
                        value = Value(node.Element!, ref entry, entryWire, depth + 1);
                    }
                }
                obj.EnsureObject(name)[key] = value ?? Empty(node.Element!);
                return;
            default:
                obj[name] = Value(node, ref reader, wire, depth);
                return;
        }
    }

    private static JsonValue Value(SchemaNode node, ref ProtobufReader reader, WireType wire, int depth)
    {
        switch (node.Kind)
        {
            case SchemaKind.String:
                return new JsonString(Encoding.UTF8.GetString(reader.Bytes()));
            case SchemaKind.Bytes:
                return new JsonString(Convert.ToBase64String(reader.Bytes()));
            case SchemaKind.Bool:
                return reader.Varint() != 0;
            case SchemaKind.Int32 or SchemaKind.Int64:
                return new JsonNumber((long)reader.Varint());
            case SchemaKind.Double:
                return new JsonNumber(BitConverter.UInt64BitsToDouble(reader.Fixed64()).ToString("R", CultureInfo.InvariantCulture));
            case SchemaKind.Time:
                return Time(reader.Bytes(), "yyyy-MM-dd'T'HH:mm:ss'Z'");
            case SchemaKind.MicroTime:
                return Time(reader.Bytes(), "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
            case SchemaKind.Quantity:
                return new JsonString(Encoding.UTF8.GetString(First(reader.Bytes())));
            case SchemaKind.IntOrString:
                return IntOrString(reader.Bytes());
            case SchemaKind.Any when JsonSchemaUnion.Of(node) is { } union:
                return Union(union, node, reader.Bytes(), depth + 1);
            case SchemaKind.Any:
                return Json(First(reader.Bytes()));
            case SchemaKind.List:
                // A list as a map's value is a message that holds it as field 1.
                var list = new JsonArray();
                var items = new ProtobufReader(reader.Bytes());
                while (items.Next(out _, out var itemWire))
                {
                    list.Add(Value(node.Element!, ref items, itemWire, depth + 1));
                }
                return list;
            default:
                return wire == WireType.Bytes
                    ? Message(node, reader.Bytes(), depth + 1)
                    : throw new FormatException($"the protobuf field of type {node.TypeName} has wire type {wire}");
        }
    }

    private static JsonValue Union(JsonSchemaUnion union, SchemaNode node, ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("the protobuf message is nested too deeply");
        }
        JsonValue? schema = null;
        var other = new JsonArray();
        var allows = false;
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var number, out var wire))
        {
            if (number == union.SchemaNumber)
            {
                schema = Message(SchemaRegistry.BuiltIn.TypeNode(JsonSchemaUnion.Schema)!, reader.Bytes(), depth + 1);
            }
            else if (wire == WireType.Varint)
            {
                allows = reader.Varint() != 0;
            }
            else
            {
                var item = reader.Bytes();
                other.Add(union.OtherAreSchemas ? Message(SchemaRegistry.BuiltIn.TypeNode(JsonSchemaUnion.Schema)!, item, depth + 1) : new JsonString(Encoding.UTF8.GetString(item)));
            }
        }
        return schema ?? (union.OtherIsBool ? allows : other);
    }

    private static JsonValue Empty(SchemaNode node) => node.Kind switch
    {
        SchemaKind.Object or SchemaKind.Map => new JsonObject(),
        SchemaKind.List => new JsonArray(),
        SchemaKind.Quantity => "0",
        SchemaKind.Int32 or SchemaKind.Int64 => 0,
        _ => "",
    };

    private static JsonValue Time(ReadOnlySpan<byte> bytes, string format)
    {
        long seconds = 0, nanos = 0;
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var number, out _))
        {
            var value = (long)reader.Varint();
            _ = number == 1 ? seconds = value : nanos = value;
        }
        if (seconds == 0 && nanos == 0)
        {
            return JsonNull.Instance; // Go's zero time
        }
        if (seconds is < -62135596800 or > 253402300799)
        {
            throw new FormatException("a time in the protobuf message is out of range");
        }
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100).UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
    }

    private static JsonValue IntOrString(ReadOnlySpan<byte> bytes)
    {
        long type = 0, number = 0;
        var text = "";
        var reader = new ProtobufReader(bytes);
        while (reader.Next(out var field, out _))
        {
            switch (field)
            {
                case 1:
                    type = (long)reader.Varint();
                    break;
                case 2:
                    number = (long)reader.Varint();
                    break;
                default:
                    text = Encoding.UTF8.GetString(reader.Bytes());
                    break;
            }
        }
        return type == 0 ? number : text;
    }

    /// <summary>The bytes of field 1: how the wire wraps quantities, raw JSON and field sets.</summary>
    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        ReadOnlySpan<byte> found = default;
        while (reader.Next(out var number, out _))
        {
            if (number == 1)
            {
                found = reader.Bytes();
            }
            else
            {
                reader.Skip();
            }
        }
        return found;
    }

    private static JsonValue Json(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.IsEmpty ? JsonNull.Instance : JsonTree.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new FormatException($"the protobuf message embeds JSON that is none: {e.Message}", e);
        }
    }
}
