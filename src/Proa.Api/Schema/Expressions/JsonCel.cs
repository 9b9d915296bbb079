using System.Buffers.Text;
using System.Text;
using Proa.Api.Cel.Values;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>JSON as values of expressions: nothing is copied, what is not looked at costs nothing.</summary>
public static class JsonCel
{
    /// <param name="type">What is known of the value; null: it is what it looks like.</param>
    public static CelValue Of(JsonValue? value, DeclaredType? type = null)
    {
        switch (value)
        {
            case JsonObject obj:
                return CelValue.Of(type is { IsObject: true } ? new JsonCelObject(obj, type) : new JsonCelMap(obj, type?.Element));
            case JsonArray list:
                return CelValue.Of(new JsonCelList(list, type));
            case JsonString text:
                return Text(text.Value, type);
            case JsonNumber number:
                return Number(number, type);
            case JsonBool truth:
                return CelValue.Of(truth.Value);
            default:
                return CelValue.Null;
        }
    }

    /// <summary>A value as JSON, for patches; null: it has no JSON form.</summary>
    public static JsonValue? ToJson(in CelValue value, int depth = 0)
    {
        if (depth > JsonTree.MaxDepth)
        {
            return null;
        }
        switch (value.Kind)
        {
            case CelKind.Null:
                return JsonNull.Instance;
            case CelKind.Bool:
                return value.AsBool;
            case CelKind.Int:
                return value.AsInt;
            case CelKind.Uint or CelKind.Double:
                return new JsonNumber(value.ToString());
            case CelKind.String:
                return value.AsString;
            case CelKind.Bytes:
                return Convert.ToBase64String(value.AsBytes);
            case CelKind.Timestamp:
                return value.AsTimestamp.ToString();
            case CelKind.Duration:
                return CelDuration.ToGo(value.AsDuration);
            case CelKind.List:
                var list = new JsonArray();
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    if (ToJson(value.AsList[i], depth + 1) is not { } item)
                    {
                        return null;
                    }
                    list.Add(item);
                }
                return list;
            case CelKind.Map:
                var obj = new JsonObject();
                foreach (var key in value.AsMap.Keys)
                {
                    value.AsMap.TryGet(key, out var member);
                    if (ToJson(member, depth + 1) is not { } made)
                    {
                        return null;
                    }
                    obj[key.ToString()] = made;
                }
                return obj;
            case CelKind.Optional when value.AsOptional.HasValue:
                return ToJson(value.AsOptional.Value, depth + 1);
            case CelKind.Opaque:
                return value.AsOpaque.ToString() is { } text ? new JsonString(text) : null;
            default:
                return null;
        }
    }

    private static CelValue Text(string text, DeclaredType? type)
    {
        switch (type?.Type.Kind)
        {
            case Cel.Checking.CelTypeKind.Bytes:
                var bytes = Encoding.UTF8.GetBytes(text);
                return Base64.DecodeFromUtf8InPlace(bytes, out var length) == System.Buffers.OperationStatus.Done ? CelValue.Of(bytes[..length]) : CelValue.Error("invalid base64");
            case Cel.Checking.CelTypeKind.Duration:
                return CelDuration.TryParse(text, out var nanoseconds) ? CelValue.OfDuration(nanoseconds) : CelValue.Error($"Invalid duration format: {text}");
            case Cel.Checking.CelTypeKind.Timestamp:
                return CelTime.TryParse(type.Node?.Rules?.Format == "date" ? text + "T00:00:00Z" : text, out var time) ? CelValue.Of(time) : CelValue.Error($"Invalid date-time format: {text}");
            default:
                return CelValue.Of(text);
        }
    }

    private static CelValue Number(JsonNumber number, DeclaredType? type)
    {
        if (type?.Type.Kind == Cel.Checking.CelTypeKind.Double)
        {
            return CelValue.Of(number.ToDouble());
        }
        if (number.TryGetInt64(out var whole))
        {
            return CelValue.Of(whole);
        }
        var real = number.ToDouble();
        return type?.Type.Kind == Cel.Checking.CelTypeKind.Int && Math.Floor(real) == real && Math.Abs(real) < 9e18 ? CelValue.Of((long)real) : CelValue.Of(real);
    }
}
