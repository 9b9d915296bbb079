using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Tables;

/// <summary>The object of a row, and the time at which it is printed.</summary>
internal readonly record struct RowSource(JsonObject Object, DateTimeOffset Now)
{
    public const string None = "<none>";
    public const string Unset = "<unset>";
    public const string Unknown = "<unknown>";

    public string Name => Text("metadata", "name") ?? "";

    /// <summary>How long ago the object was created.</summary>
    public string Age => Since(Text("metadata", "creationTimestamp"));

    public bool IsDeleting => At("metadata", "deletionTimestamp") is not null;

    /// <summary>The value at a path of members; null when any is absent or null.</summary>
    public JsonValue? At(params ReadOnlySpan<string> path)
    {
        JsonValue? value = Object;
        foreach (var name in path)
        {
            value = (value as JsonObject)?[name];
        }
        return value is JsonNull ? null : value;
    }

    public string? Text(params ReadOnlySpan<string> path) => At(path) switch
    {
        JsonString text => text.Value,
        JsonNumber number => number.Text,
        JsonBool flag => flag.Value ? "true" : "false",
        _ => null,
    };

    public string Text(string fallback, ReadOnlySpan<string> path) => Text(path) is { Length: > 0 } text ? text : fallback;

    /// <summary>A whole number; 0 when absent.</summary>
    public long Int(params ReadOnlySpan<string> path) => At(path) is JsonNumber number && number.TryGetInt64(out var value) ? value : 0;

    public bool Flag(bool fallback, params ReadOnlySpan<string> path) => At(path) is JsonBool flag ? flag.Value : fallback;

    public JsonObject? Map(params ReadOnlySpan<string> path) => At(path) as JsonObject;

    /// <summary>The objects of a list; empty when absent.</summary>
    public IReadOnlyList<JsonObject> List(params ReadOnlySpan<string> path) =>
        At(path) is JsonArray array ? [.. array.OfType<JsonObject>()] : [];

    public IReadOnlyList<string> Strings(params ReadOnlySpan<string> path) =>
        At(path) is JsonArray array ? [.. array.OfType<JsonString>().Select(text => text.Value)] : [];

    /// <summary>How long ago a time was, as text; <c>&lt;unknown&gt;</c> when there is none.</summary>
    public string Since(string? time) => Time(time) is { } at ? HumanDuration.Of(Now - at) : Unknown;

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>True when a condition of the status has this type and is true.</summary>
    public bool HasCondition(string type)
    {
        foreach (var condition in List("status", "conditions"))
        {
            if (condition.String("type") == type)
            {
                return condition.String("status") == "True";
            }
        }
        return false;
    }
}
