using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Protobuf;
using Proa.Api.Schema;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>From a request's body to an object of the type it was sent to, checked against the schema and defaulted.</summary>
internal static class RequestBody
{
    public const string Accepted =
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

    public static ApiResult<JsonObject> Decode(RequestScope scope, FieldValidation validation)
    {
        List<string>? duplicates = null;
        Action<string>? onDuplicate = validation == FieldValidation.Ignore || scope.Request.InProcess
            ? null
            : path => (duplicates ??= []).Add(path);
        var parsed = Parse(scope, onDuplicate);
        if (!parsed.Ok)
        {
            return parsed.Error;
        }
        if (Unreadable(scope, parsed.Value) is { } unreadable)
        {
            return unreadable;
        }
        if ((parsed.Value is JsonNull ? new JsonObject() : parsed.Value) is not JsonObject obj)
        {
            return Statuses.BadRequest(NotAnObject(scope, parsed.Value));
        }
        var decoded = scope.Rules.Decode(obj, scope.Subresource, validation, duplicates, scope.Warn);
        if (decoded.Ok)
        {
            scope.Request.Audit?.Decoded(decoded.Value);
        }
        return decoded;
    }

    private static ApiResult<JsonValue> Parse(RequestScope scope, Action<string>? onDuplicate)
    {
        var body = scope.Request.Body;
        var contentType = MediaType.Essence(scope.Request.ContentType);
        try
        {
            switch (contentType)
            {
                case "" or "application/json":
                    if (body.IsEmpty)
                    {
                        return Statuses.BadRequest($"the object provided is unrecognized (must be of type {scope.Type.Kind}): couldn't get version/kind; json parse error: unexpected end of JSON input ({Sample(body)})");
                    }
                    return JsonTree.Parse(body.Span, onDuplicate);
                case "application/yaml":
                    return YamlBody.Parse(body, onDuplicate);
                case "application/vnd.kubernetes.protobuf":
                    return ProtobufDecoder.Decode(body.Span, SchemaRegistry.BuiltIn);
                default:
                    return Statuses.UnsupportedMediaType(Accepted);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return Statuses.BadRequest(
                $"the object provided is unrecognized (must be of type {scope.Type.Kind}): couldn't get version/kind; json parse error: {(contentType is "" or "application/json" ? JsonSyntax.ErrorOf(body.Span, e.Message) : e.Message)} ({Sample(body)})");
        }
    }

    private static string NotAnObject(RequestScope scope, JsonValue value)
    {
        var what = value.Kind switch
        {
            Proa.Api.Json.JsonValueKind.Array => "array",
            Proa.Api.Json.JsonValueKind.String => "string",
            Proa.Api.Json.JsonValueKind.Number => "number",
            Proa.Api.Json.JsonValueKind.Bool => "bool",
            _ => "null",
        };
        return $"the object provided is unrecognized (must be of type {scope.Type.Kind}): couldn't get version/kind; json parse error: "
            + $"json: cannot unmarshal {what} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({Sample(scope.Request.Body)})";
    }

    /// <summary>What a body says of its own kind must be text, and a version of no more than two parts.</summary>
    private static Status? Unreadable(RequestScope scope, JsonValue value)
    {
        if (value is not JsonObject obj)
        {
            return null;
        }
        foreach (var name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (obj[name] is { } member and not (JsonNull or JsonString))
            {
                var what = member switch { JsonNumber => "number", JsonBool => "bool", JsonArray => "array", _ => "object" };
                return Unrecognized(scope, $"couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go struct field .{name} of type string");
            }
        }
        return obj.String("apiVersion") is { } version && version.AsSpan().Count('/') > 1
            ? Unrecognized(scope, $"unexpected GroupVersion string: {version}")
            : null;
    }

    private static Status Unrecognized(RequestScope scope, string why) =>
        Statuses.BadRequest($"the object provided is unrecognized (must be of type {scope.Type.Kind}): {why} ({Sample(scope.Request.Body)})");

    /// <summary>The first bytes of a body: in hexadecimal, unless it looks like an object.</summary>
    private static string Sample(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return "<empty>";
        }
        var first = body.Span[..Math.Min(body.Length, 30)];
        return (first[0] == '{' ? Encoding.UTF8.GetString(first) : Convert.ToHexStringLower(first)) + (body.Length > 30 ? " ..." : "");
    }
}
