using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Protobuf;

/// <summary>
/// Writes objects in the API's protobuf form, which <see cref="ProtobufDecoder"/> reads. Fields go in the order of their numbers;
/// one that has no number is not in that form. Pure.
/// </summary>
public static class ProtobufEncoder
{
    private static readonly SchemaNode s_metadata = SchemaRegistry.BuiltIn.TypeNode("meta.v1.ObjectMeta")!;
    private static readonly SchemaNode s_text = new() { Kind = SchemaKind.String };
    private static readonly SchemaNode s_listMetadata = SchemaRegistry.BuiltIn.TypeNode("meta.v1.ListMeta")!;

    /// <summary>An object, a list of them or a Status, with its envelope; null for a kind that has no protobuf form.</summary>
    public static byte[]? Encode(JsonObject obj, SchemaRegistry registry)
    {
        var gvk = GroupVersionKind.Of(obj.String("apiVersion") ?? "", obj.String("kind") ?? "");
        var message = new ProtobufWriter();
        if (gvk.Group == "meta.k8s.io" && gvk.Kind is "PartialObjectMetadata" or "PartialObjectMetadataList")
        {
            Partial(obj, gvk.Kind, message);
        }
        else if ((registry.Find(gvk)?.Root ?? registry.TypeNode($"meta.v1.{gvk.Kind}")) is { } node && node.Kind == SchemaKind.Object)
        {
            Message(node.Fields.Wire, obj, message);
        }
        else
        {
            return null;
        }
        return Envelope(gvk.ApiVersion, gvk.Kind, message.Written);
    }

    /// <summary>A list of objects that are encoded one by one, so that a long one needs no tree of all.</summary>
    /// <param name="metadata">The list's own.</param>
    public static byte[] EncodeList(string apiVersion, string kind, JsonObject metadata, IEnumerable<ReadOnlyMemory<byte>> items, SchemaNode item)
    {
        var message = new ProtobufWriter();
        var part = new ProtobufWriter();
        Message(s_listMetadata.Fields.Wire, metadata, part);
        message.Bytes(1, part.Written);
        foreach (var json in items)
        {
            part.Clear();
            Message(item.Fields.Wire, JsonTree.ParseObject(json.Span), part);
            message.Bytes(2, part.Written);
        }
        return Envelope(apiVersion, kind, message.Written);
    }

    /// <summary>A watch's event as it goes over the wire: its length in four bytes, then type and object.</summary>
    public static byte[] Frame(string type, ReadOnlySpan<byte> obj)
    {
        var raw = new ProtobufWriter();
        raw.Bytes(1, obj);
        var message = new ProtobufWriter();
        message.Bytes(1, Encoding.UTF8.GetBytes(type));
        message.Bytes(2, raw.Written);
        var frame = new byte[message.Written.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Written.Length);
        message.Written.CopyTo(frame.AsSpan(4));
        return frame;
    }

    private static byte[] Envelope(string apiVersion, string kind, ReadOnlySpan<byte> message)
    {
        var type = new ProtobufWriter();
        type.Bytes(1, Encoding.UTF8.GetBytes(apiVersion));
        type.Bytes(2, Encoding.UTF8.GetBytes(kind));
        var envelope = new ProtobufWriter();
        envelope.Raw("k8s\0"u8);
        envelope.Bytes(1, type.Written);
        envelope.Bytes(2, message);
        envelope.Bytes(3, []);
        envelope.Bytes(4, []);
        return envelope.Written.ToArray();
    }

    private static void Partial(JsonObject obj, string kind, ProtobufWriter output)
    {
        var metadata = new ProtobufWriter();
        if (kind == "PartialObjectMetadata")
        {
            Message(s_metadata.Fields.Wire, obj.Object("metadata") ?? [], metadata);
            output.Bytes(1, metadata.Written);
            return;
        }
        Message(s_listMetadata.Fields.Wire, obj.Object("metadata") ?? [], metadata);
        output.Bytes(1, metadata.Written);
        foreach (var item in obj.Array("items") ?? [])
        {
            var part = new ProtobufWriter();
            Partial((JsonObject)item, "PartialObjectMetadata", part);
            output.Bytes(2, part.Written);
        }
    }

    private static void Message(WireFields fields, JsonObject obj, ProtobufWriter output)
    {
        foreach (var (number, field) in fields.InOrder)
        {
            if (field.Embedded is { } embedded)
            {
                var part = new ProtobufWriter();
                Message(embedded, obj, part);
                output.Bytes(number, part.Written);
            }
            else if (obj[field.Name!] is { } value and not JsonNull)
            {
                Field(number, field.Node!, value, output);
            }
        }
    }

    private static void Field(int number, SchemaNode node, JsonValue value, ProtobufWriter output)
    {
        switch (node.Kind)
        {
            case SchemaKind.List:
                foreach (var item in value as JsonArray ?? [])
                {
                    Value(number, node.Element!, item, output);
                }
                break;
            case SchemaKind.Map:
                foreach (var (key, member) in value as JsonObject ?? [])
                {
                    var entry = new ProtobufWriter();
                    entry.Bytes(1, Encoding.UTF8.GetBytes(key));
                    Value(2, node.Element!, member, entry);
                    output.Bytes(number, entry.Written);
                }
                break;
            default:
                Value(number, node, value, output);
                break;
        }
    }

    private static void Value(int number, SchemaNode node, JsonValue value, ProtobufWriter output)
    {
        switch (node.Kind)
        {
            case SchemaKind.Bool:
                output.Varint(number, value is JsonBool { Value: true } ? 1UL : 0);
                break;
            case SchemaKind.Int32 or SchemaKind.Int64:
                output.Varint(number, value is JsonNumber n && n.TryGetInt64(out var whole) ? (ulong)whole : 0);
                break;
            case SchemaKind.Double:
                output.Fixed64(number, BitConverter.DoubleToUInt64Bits(value is JsonNumber d ? d.ToDouble() : 0));
                break;
            case SchemaKind.String:
                output.Bytes(number, Encoding.UTF8.GetBytes(Text(value)));
                break;
            case SchemaKind.Bytes:
                output.Bytes(number, Convert.FromBase64String(Text(value)));
                break;
            default:
                var part = new ProtobufWriter();
                Wrapped(node, value, part);
                output.Bytes(number, part.Written);
                break;
        }
    }

    /// <summary>What the wire has as a message of its own.</summary>
    private static void Wrapped(SchemaNode node, JsonValue value, ProtobufWriter part)
    {
        switch (node.Kind)
        {
            case SchemaKind.Time or SchemaKind.MicroTime:
                Time(Text(value), part);
                break;
            case SchemaKind.Quantity:
                part.Bytes(1, Encoding.UTF8.GetBytes(value is JsonNumber amount ? amount.Text : Text(value)));
                break;
            case SchemaKind.IntOrString:
                part.Varint(1, value is JsonString ? 1UL : 0);
                part.Varint(2, value is JsonNumber number && number.TryGetInt64(out var whole) ? (ulong)whole : 0);
                part.Bytes(3, Encoding.UTF8.GetBytes(value is JsonString ? Text(value) : ""));
                break;
            case SchemaKind.Any when JsonSchemaUnion.Of(node) is { } union:
                Union(union, SchemaRegistry.BuiltIn.TypeNode(JsonSchemaUnion.Schema)!, value, part);
                break;
            case SchemaKind.Any:
                part.Bytes(1, JsonTree.ToUtf8(value));
                break;
            case SchemaKind.List:
                // A list as a map's value is a message that holds it as field 1.
                foreach (var item in value as JsonArray ?? [])
                {
                    Value(1, node.Element!, item, part);
                }
                break;
            default:
                Message(node.Fields.Wire, value as JsonObject ?? [], part);
                break;
        }
    }

    private static void Union(JsonSchemaUnion union, SchemaNode schema, JsonValue value, ProtobufWriter part)
    {
        switch (value)
        {
            case JsonBool allows:
                part.Varint(1, allows.Value ? 1UL : 0);
                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Value(2, item is JsonString ? s_text : schema, item, part);
                }
                break;
            default:
                if (union.OtherIsBool)
                {
                    part.Varint(1, 1);
                }
                Value(union.SchemaNumber, schema, value, part);
                break;
        }
    }

    private static void Time(string text, ProtobufWriter part)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return;
        }
        part.Varint(1, (ulong)time.ToUnixTimeSeconds());
        part.Varint(2, (ulong)(time.UtcTicks % TimeSpan.TicksPerSecond * 100));
    }

    private static string Text(JsonValue value) => (value as JsonString)?.Value ?? "";
}
