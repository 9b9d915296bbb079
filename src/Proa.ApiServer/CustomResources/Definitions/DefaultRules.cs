using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>That each default of a schema is a value that the schema itself would take. Pure.</summary>
internal static class DefaultRules
{
    // A default may be any value, and what checks values takes objects: it stands in one as this member.
    private const string Holder = "v";

    private static readonly GroupVersionKind s_kind = new("validation", "v1", "Validation");

    public static void Check(JsonObject schema, string path, FieldErrors errors)
    {
        if (schema["default"] is { } value and not JsonNull)
        {
            Value(schema, value, $"{path}.default", errors);
        }
        if (schema["items"] is JsonObject items)
        {
            Check(items, $"{path}.items", errors);
        }
        foreach (var (name, member) in schema.Object("properties") ?? [])
        {
            if (member is JsonObject property)
            {
                Check(property, $"{path}.properties[{name}]", errors);
            }
        }
    }

    private static void Value(JsonObject schema, JsonValue value, string at, FieldErrors errors)
    {
        var held = new JsonObject { [Holder] = value.Clone() };
        var holder = ObjectSchema.FromStructural(
            new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [Holder] = schema.CloneObject() } }, s_kind);
        if (SchemaEngine.Normalize(holder, held.CloneObject(), NormalizeOptions.Default).UnknownFields.Count > 0)
        {
            errors.Invalid(at, value, "must not have unknown fields");
        }
        var wrong = SchemaEngine.Validate(holder, held);
        if (wrong.Count == 0)
        {
            wrong = SchemaEngine.Evaluate(holder, held, old: null, [], warn: null, CancellationToken.None);
        }
        foreach (var error in wrong)
        {
            errors.Add(error with { Field = at + error.Field[Holder.Length..], Detail = Relative(error.Detail) });
        }
    }

    /// <summary>Messages name the place below the default.</summary>
    private static string Relative(string detail) =>
        detail.StartsWith(Holder + ".", StringComparison.Ordinal) ? detail[(Holder.Length + 1)..]
        : detail.StartsWith(Holder + " ", StringComparison.Ordinal) || detail.StartsWith(Holder + "[", StringComparison.Ordinal) ? detail[Holder.Length..]
        : detail;
}
