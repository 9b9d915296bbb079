using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Fuzz;

/// <summary>Makes objects of built-in kinds whose fields are filled at random, by a seed.</summary>
internal sealed class RandomObjects(int seed)
{
    private static readonly string[] s_texts = ["a", "web-0", "kubernetes.io/os", "ü€𝄞", "10.0.0.1", "", "line\nline", "{\"x\":1}"];
    private readonly Random _random = new(seed);

    public JsonObject Of(GroupVersionKind gvk, SchemaNode root)
    {
        var obj = (JsonObject)Value(root, 0);
        obj["apiVersion"] = gvk.ApiVersion;
        obj["kind"] = gvk.Kind;
        return obj;
    }

    private JsonValue Value(SchemaNode node, int depth) => node.Kind switch
    {
        SchemaKind.Bool => _random.Next(2) == 0,
        SchemaKind.Int32 => _random.Next(int.MinValue, int.MaxValue),
        SchemaKind.Int64 => _random.NextInt64(long.MinValue, long.MaxValue),
        SchemaKind.Double => new JsonNumber(_random.Next(1000).ToString(CultureInfo.InvariantCulture)),
        SchemaKind.Bytes => Convert.ToBase64String(Bytes()),
        SchemaKind.Time => DateTimeOffset.FromUnixTimeSeconds(_random.Next(1, int.MaxValue)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        SchemaKind.MicroTime => DateTimeOffset.FromUnixTimeSeconds(_random.Next(1, int.MaxValue)).AddTicks(_random.Next(1_000_000) * 10).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        SchemaKind.Quantity => $"{_random.Next(1, 1000)}Mi",
        SchemaKind.IntOrString => _random.Next(2) == 0 ? _random.Next(65536) : "http",
        SchemaKind.List => new JsonArray(Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Value(node.Element!, depth + 1))),
        SchemaKind.Map => new JsonObject { [$"k{_random.Next(9)}"] = Value(node.Element!, depth + 1), ["other"] = Value(node.Element!, depth + 1) },
        SchemaKind.Object => Fields(node, depth),
        SchemaKind.Any => Any(node, depth),
        _ => Text(),
    };

    private JsonObject Fields(SchemaNode node, int depth)
    {
        var obj = new JsonObject();
        foreach (var (name, field) in node.Fields)
        {
            // A whole object's own have no place on the wire.
            if (name is "apiVersion" or "kind" && node.TryMember("metadata", out _))
            {
                continue;
            }
            if (_random.Next(depth < 3 ? 2 : depth + 1) == 0 && depth < 9)
            {
                obj[name] = Value(field, depth + 1);
            }
        }
        return obj;
    }

    private JsonValue Any(SchemaNode node, int depth) => node.TypeName switch
    {
        "apiextensions.v1.JSONSchemaPropsOrBool" when _random.Next(2) == 0 => _random.Next(2) == 0,
        "apiextensions.v1.JSONSchemaPropsOrArray" or "apiextensions.v1.JSONSchemaPropsOrStringArray" or "apiextensions.v1.JSONSchemaPropsOrBool" =>
            Fields(SchemaRegistry.BuiltIn.TypeNode("apiextensions.v1.JSONSchemaProps")!, Math.Max(depth, 4)),
        _ => new JsonObject { ["a"] = _random.Next(9), ["b"] = new JsonArray([Text(), true]) },
    };

    private string Text() => s_texts[_random.Next(s_texts.Length)];

    private byte[] Bytes()
    {
        var bytes = new byte[_random.Next(1, 20)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
