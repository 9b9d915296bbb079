using System.Buffers.Text;
using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>One walk of <see cref="SchemaEngine.Normalize"/> over an object of a built-in kind. For one use.</summary>
internal sealed class Normalizer(NormalizeOptions options)
{
    private readonly FieldPath _path = new();
    private List<string>? _unknown;
    private string? _error;

    public NormalizeResult Run(SchemaNode root, JsonObject obj)
    {
        Object(root, obj);
        return _error is null && _unknown is null ? NormalizeResult.Clean : new(_error, _unknown ?? []);
    }

    /// <summary>Normalises one member of a custom resource that has a built-in type: its metadata.</summary>
    public bool Member(SchemaNode owner, SchemaNode node, JsonObject obj, string name)
    {
        _path.Push(name, owner);
        var value = Value(node, obj[name]!);
        _path.Pop();
        obj[name] = value;
        return _error is null;
    }

    public NormalizeResult Result(List<string>? more)
    {
        if (more is null)
        {
            return _error is null && _unknown is null ? NormalizeResult.Clean : new(_error, _unknown ?? []);
        }
        return new(_error, _unknown is null ? more : [.. more, .. _unknown]);
    }

    private void Object(SchemaNode node, JsonObject obj)
    {
        var fields = node.Fields;
        List<string>? drop = null;
        List<KeyValuePair<string, JsonValue>>? change = null;
        List<KeyValuePair<string, JsonValue>>? hide = null;
        foreach (var (name, value) in obj)
        {
            if (!fields.TryGet(name, out var field))
            {
                if (options.ReportUnknown)
                {
                    (_unknown ??= []).Add($"unknown field \"{_path.Render(name)}\"");
                }
                (drop ??= []).Add(name);
                continue;
            }
            if (value is JsonNull)
            {
                (drop ??= []).Add(name);
                continue;
            }
            _path.Push(name, node);
            var made = Value(field, value);
            _path.Pop();
            if (_error is not null)
            {
                return;
            }
            if (options.KeepAsWritten)
            {
                continue;
            }
            if (IsOmitted(field, made) && !(options.KeepOmittableLists && made is JsonArray))
            {
                (drop ??= []).Add(name);
                if (made is JsonArray || field.Kind is SchemaKind.Map or SchemaKind.Bytes)
                {
                    (hide ??= []).Add(new(name, made));
                }
            }
            else if (field.Presence == Presence.Always && !options.KeepEmptyLists && made is JsonArray { Count: 0 })
            {
                // The original stores built-in kinds in a form that has no empty lists.
                (change ??= []).Add(new(name, JsonNull.Instance));
                (hide ??= []).Add(new(name, made));
            }
            else if (!ReferenceEquals(made, value))
            {
                (change ??= []).Add(new(name, made));
            }
        }
        obj.RemoveAll(drop ?? []);
        foreach (var (name, value) in change ?? [])
        {
            obj[name] = value;
        }
        foreach (var (name, empty) in hide ?? [])
        {
            obj.Hide(name, empty);
        }
        if (options.KeepAsWritten)
        {
            return;
        }
        foreach (var (name, field) in fields.Filled)
        {
            if (!obj.ContainsKey(name))
            {
                obj.Append(name, Zero(field));
            }
        }
    }

    private static bool IsOmitted(SchemaNode field, JsonValue value) => field.Presence switch
    {
        Presence.OmitZero => field.Kind != SchemaKind.Object && value switch
        {
            JsonString s => s.Value.Length == 0 && field.Kind is not (SchemaKind.IntOrString or SchemaKind.Any),
            JsonNumber n => field.Kind is not (SchemaKind.IntOrString or SchemaKind.Any) && IsZero(n),
            JsonBool b => !b.Value && field.Kind != SchemaKind.Any,
            JsonArray a => a.Count == 0 && field.Kind != SchemaKind.Any,
            JsonObject o => o.Count == 0 && field.Kind == SchemaKind.Map,
            _ => false,
        },
        Presence.OmitEmpty => value is JsonObject { Count: 0 },
        _ => false,
    };

    private static bool IsZero(JsonNumber number)
    {
        foreach (var c in number.Text)
        {
            if (c is >= '1' and <= '9')
            {
                return false;
            }
            if (c is 'e' or 'E')
            {
                break;
            }
        }
        return true;
    }

    private JsonValue Zero(SchemaNode field)
    {
        if (field.Presence == Presence.NullWhenUnset)
        {
            return JsonNull.Instance;
        }
        switch (field.Kind)
        {
            case SchemaKind.Object:
                var made = new JsonObject();
                Object(field, made);
                return made;
            case SchemaKind.String:
                return new JsonString("");
            case SchemaKind.Quantity:
                return new JsonString("0");
            case SchemaKind.Int32 or SchemaKind.Int64 or SchemaKind.Double or SchemaKind.IntOrString:
                return new JsonNumber(0);
            case SchemaKind.Bool:
                return JsonBool.False;
            default:
                return JsonNull.Instance;
        }
    }

    private JsonValue Value(SchemaNode node, JsonValue value)
    {
        switch (node.Kind)
        {
            case SchemaKind.Object:
                if (value is JsonObject obj)
                {
                    Object(node, obj);
                    return value;
                }
                return Wrong(node, value);
            case SchemaKind.Map:
                return value is JsonObject map ? Map(node.Element!, map) : Wrong(node, value);
            case SchemaKind.List:
                return value is JsonArray list ? List(node.Element!, list) : Wrong(node, value);
            case SchemaKind.String:
                return value is JsonString ? value : Wrong(node, value);
            case SchemaKind.Bool:
                return value is JsonBool ? value : Wrong(node, value);
            case SchemaKind.Int32:
                return value is JsonNumber n32 && n32.TryGetInt64(out var i) && i is >= int.MinValue and <= int.MaxValue ? value : Wrong(node, value);
            case SchemaKind.Int64:
                return value is JsonNumber n64 && n64.TryGetInt64(out _) ? value : Wrong(node, value);
            case SchemaKind.Double:
                return value is JsonNumber ? value : Wrong(node, value);
            case SchemaKind.Bytes:
                return value is JsonString bytes ? Base64(bytes) : Wrong(node, value);
            case SchemaKind.Time or SchemaKind.MicroTime:
                return value is JsonString time ? Time(node, time) : Fail($"json: cannot unmarshal {GoKind(value)} into Go value of type string", value);
            case SchemaKind.Quantity:
                return Amount(value);
            case SchemaKind.IntOrString:
                return value is JsonString || (value is JsonNumber n && n.TryGetInt64(out var v) && v is >= int.MinValue and <= int.MaxValue)
                    ? value
                    : Fail($"json: cannot unmarshal {GoKind(value)} into Go value of type int32", value);
            default:
                if (node.ObjectForm is { } form)
                {
                    Union(form, value);
                }
                return value;
        }
    }

    /// <summary>A schema, schemas, or something else.</summary>
    private void Union(SchemaNode form, JsonValue value)
    {
        if (value is JsonObject obj)
        {
            Object(form, obj);
            return;
        }
        for (var i = 0; value is JsonArray list && i < list.Count && _error is null; i++)
        {
            if (list[i] is JsonObject item)
            {
                _path.Push(i);
                Object(form, item);
                _path.Pop();
            }
        }
    }

    private JsonObject Map(SchemaNode element, JsonObject map)
    {
        List<KeyValuePair<string, JsonValue>>? change = null;
        foreach (var (key, value) in map)
        {
            _path.Push(key);
            var made = value is JsonNull ? Zero(element)
                // The only maps of lists are of those, and errors say so.
                : element.Kind == SchemaKind.List && value is not JsonArray ? Wrong(element, value, "v1.ExtraValue")
                : Value(element, value);
            _path.Pop();
            if (!ReferenceEquals(made, value))
            {
                (change ??= []).Add(new(key, made));
            }
        }
        foreach (var (key, value) in change ?? [])
        {
            map[key] = value;
        }
        return map;
    }

    private JsonArray List(SchemaNode element, JsonArray list)
    {
        for (var i = 0; i < list.Count && _error is null; i++)
        {
            _path.Push(i);
            list[i] = list[i] is JsonNull ? Zero(element) : Value(element, list[i]);
            _path.Pop();
        }
        return list;
    }

    private JsonValue Amount(JsonValue value)
    {
        var text = value switch { JsonString s => s.Value, JsonNumber n => n.Text, _ => "" };
        if (!Quantity.TryParse(text, out var quantity))
        {
            return Fail(Quantity.ErrorOf(text), value);
        }
        var canonical = quantity.ToString();
        return value is JsonString && canonical == text ? value : new JsonString(canonical);
    }

    private JsonValue Time(SchemaNode node, JsonString time)
    {
        var micro = node.Kind == SchemaKind.MicroTime;
        if (!Rfc3339.TryCanonical(time.Value, micro, out var canonical))
        {
            return Fail(Rfc3339.ErrorOf(time.Value, micro), time);
        }
        return ReferenceEquals(canonical, time.Value) ? time : new JsonString(canonical);
    }

    private JsonValue Base64(JsonString text)
    {
        var value = text.Value;
        if (value.AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            value = value.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
            text = new JsonString(value);
        }
        if (value.Length % 4 == 0 && System.Buffers.Text.Base64.IsValid(value) && value.AsSpan().IndexOfAny(' ', '\t') < 0)
        {
            return text;
        }
        var at = value.AsSpan().IndexOfAnyExcept(s_base64);
        if (at < 0 || at > value.Length / 4 * 4)
        {
            at = value.Length / 4 * 4;
        }
        return Fail(string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {at}"), text);
    }

    private static readonly System.Buffers.SearchValues<char> s_base64 =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private JsonValue Wrong(SchemaNode node, JsonValue value, string? type = null) =>
        Fail($"json: cannot unmarshal {GoKind(value, numbers: node.Kind is SchemaKind.Int32 or SchemaKind.Int64)} into Go struct field {_path.RenderGo()} of type {type ?? GoType(node)}", value);

    private JsonValue Fail(string error, JsonValue value)
    {
        _error ??= error;
        return value;
    }

    private static string GoKind(JsonValue value, bool numbers = false) => value switch
    {
        JsonNumber n => numbers ? $"number {n.Text}" : "number",
        JsonString => "string",
        JsonBool => "bool",
        JsonArray => "array",
        JsonObject => "object",
        _ => "null",
    };

    private static string GoType(SchemaNode node) => node.Kind switch
    {
        SchemaKind.Object => GoName(node.TypeName!),
        SchemaKind.Map => node.TypeName is null ? $"map[string]{GoType(node.Element!)}" : GoName(node.TypeName),
        SchemaKind.List => $"[]{GoType(node.Element!)}",
        SchemaKind.Int32 => "int32",
        SchemaKind.Int64 => "int64",
        SchemaKind.Double => "float64",
        SchemaKind.Bool => "bool",
        SchemaKind.Bytes => "[]uint8",
        SchemaKind.Quantity => "resource.Quantity",
        SchemaKind.IntOrString => "intstr.IntOrString",
        SchemaKind.Time => "v1.Time",
        SchemaKind.MicroTime => "v1.MicroTime",
        _ => "string",
    };

    // core.v1.PodSpec is v1.PodSpec in Go
    private static string GoName(string type) => type[(type.IndexOf('.') + 1)..];
}
