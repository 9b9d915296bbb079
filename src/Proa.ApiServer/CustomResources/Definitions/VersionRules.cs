using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema.Expressions;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>A version's own part of a definition: its schema, subresources, columns and selectable fields, alone or shared by all. Pure.</summary>
internal static class VersionRules
{
    private const int MaxWarning = 256;
    private const int MaxSelectableFields = 8;

    private static readonly string[] s_columnTypes = ["boolean", "date", "integer", "number", "string"];
    private static readonly string[] s_columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

    /// <summary>What stands with the version.</summary>
    public static void Check(DefinitionSpec spec, DefinitionSpec? old, JsonObject version, string at, FieldErrors errors)
    {
        var name = version.String("name") ?? "";
        if (Names.Dns1035Label(name) is { Length: > 0 } wrong)
        {
            errors.Invalid($"{at}.name", name, string.Join(",", wrong));
        }
        Deprecation(version, at, errors);
        var schema = (spec.Own(version, "schema") as JsonObject)?.Object("openAPIV3Schema");
        SchemaRules.Check(schema, $"{at}.schema", DefinitionSpec.HasStatus(version.Object("subresources")), IsUnchanged(version, old), errors);
        Subresources(spec.Own(version, "subresources") as JsonObject, $"{at}.subresources", errors);
        Columns(spec.Own(version, "additionalPrinterColumns") as JsonArray, $"{at}.additionalPrinterColumns", errors);
        if (spec.Own(version, "selectableFields") is JsonArray { Count: > 0 } fields)
        {
            if (schema is null)
            {
                errors.Invalid($"{at}.selectableFields", "", "may only be set when `version.schema.openAPIV3Schema` is not included");
            }
            else
            {
                Selectable(fields, schema, $"{at}.selectableFields", errors);
            }
        }
    }

    /// <summary>What all versions have alike.</summary>
    public static void Shared(DefinitionSpec spec, DefinitionSpec? old, FieldErrors errors)
    {
        var schema = spec.Schema?.Object("openAPIV3Schema");
        var hasStatus = spec.Versions.Any(static version => DefinitionSpec.HasStatus(version.Object("subresources")));
        SchemaRules.Check(schema, "spec.validation", hasStatus, spec.Versions is [var first, ..] && IsUnchanged(first, old), errors);
        Subresources(spec.Subresources, "spec.subresources", errors);
        Columns(spec.Columns, "spec.additionalPrinterColumns", errors);
        if (spec.SelectableFields is { Count: > 0 } fields)
        {
            if (spec.Schema is null)
            {
                errors.Invalid("spec.selectableFields", "", "may only be set when validations.schema is included");
            }
            else if (schema is not null)
            {
                Selectable(fields, schema, "spec.selectableFields", errors);
            }
        }
    }

    private static bool IsUnchanged(JsonObject version, DefinitionSpec? old) =>
        old?.Versions.FirstOrDefault(before => before.String("name") == version.String("name")) is { } found && FieldErrors.Same(version["schema"], found["schema"]);

    private static void Deprecation(JsonObject version, string at, FieldErrors errors)
    {
        if (version.String("deprecationWarning") is not { } warning)
        {
            return;
        }
        at += ".deprecationWarning";
        if (version.Bool("deprecated") != true)
        {
            errors.Invalid(at, warning, "can only be set for deprecated versions");
            return;
        }
        if (Encoding.UTF8.GetByteCount(warning) > MaxWarning)
        {
            errors.Invalid(at, warning, $"must be <= {MaxWarning} characters long");
        }
        if (warning.Length == 0)
        {
            errors.Invalid(at, warning, "must not be an empty string");
        }
        var index = 0;
        foreach (var rune in warning.EnumerateRunes())
        {
            if (!IsPrintable(rune))
            {
                errors.Invalid(at, warning, $"must only contain printable UTF-8 characters; non-printable character found at index {index.ToString(CultureInfo.InvariantCulture)}");
                break;
            }
            index += rune.Utf8SequenceLength;
        }
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void Subresources(JsonObject? subresources, string at, FieldErrors errors)
    {
        if (subresources?.Object("scale") is not { } scale)
        {
            return;
        }
        Replicas(scale, "specReplicasPath", ".spec", $"{at}.scale", errors);
        Replicas(scale, "statusReplicasPath", ".status", $"{at}.scale", errors);
        if (scale.String("labelSelectorPath") is { Length: > 0 } selector && SimplePath(selector, $"{at}.scale.labelSelectorPath", errors)
            && !selector.StartsWith(".spec.", StringComparison.Ordinal) && !selector.StartsWith(".status.", StringComparison.Ordinal))
        {
            errors.Invalid($"{at}.scale.labelSelectorPath", selector, "should be a json path under either .spec or .status");
        }
    }

    private static void Replicas(JsonObject scale, string member, string under, string at, FieldErrors errors)
    {
        if (scale.String(member) is not { Length: > 0 } path)
        {
            errors.Required($"{at}.{member}");
        }
        else if (SimplePath(path, $"{at}.{member}", errors) && !path.StartsWith(under + ".", StringComparison.Ordinal))
        {
            errors.Invalid($"{at}.{member}", path, $"should be a json path under {under}");
        }
    }

    private static bool SimplePath(string path, string at, FieldErrors errors)
    {
        if (path[0] == '.')
        {
            return true;
        }
        errors.Invalid(at, path, "must be a simple json path starting with .");
        return false;
    }

    private static void Columns(JsonArray? columns, string at, FieldErrors errors)
    {
        var i = 0;
        foreach (var column in (columns ?? []).OfType<JsonObject>())
        {
            var here = $"{at}[{i++}]";
            if (column.String("name") is null or "")
            {
                errors.Required($"{here}.name");
            }
            var type = column.String("type") ?? "";
            var types = $"must be one of {string.Join(",", s_columnTypes)}";
            if (type.Length == 0)
            {
                errors.Required($"{here}.type", types);
            }
            else if (!s_columnTypes.Contains(type))
            {
                errors.Invalid($"{here}.type", type, types);
            }
            if (column.String("format") is { Length: > 0 } format && !s_columnFormats.Contains(format))
            {
                errors.Invalid($"{here}.format", format, $"must be one of {string.Join(",", s_columnFormats)}");
            }
            if (column.String("jsonPath") is not { Length: > 0 } path)
            {
                errors.Required($"{here}.JSONPath");
            }
            else
            {
                SimplePath(path, $"{here}.JSONPath", errors);
            }
        }
    }

    private static void Selectable(JsonArray fields, JsonObject schema, string at, FieldErrors errors)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var paths = new SelectablePaths(schema);
        var i = 0;
        foreach (var field in fields.OfType<JsonObject>())
        {
            var here = $"{at}[{i++}].jsonPath";
            if (field.String("jsonPath") is not { Length: > 0 } path)
            {
                errors.Required(here);
                continue;
            }
            if (paths.Find(path, out var normal, out var isScalar) is { } problem)
            {
                errors.Invalid(here, path, $"is an invalid path: {problem}");
                continue;
            }
            if (normal is "metadata" || normal.StartsWith("metadata.", StringComparison.Ordinal))
            {
                errors.Invalid(here, path, "must not point to fields in metadata");
            }
            if (!isScalar)
            {
                errors.Invalid(here, path, "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.");
            }
            if (!found.Add(normal))
            {
                errors.Duplicate(here, path);
            }
        }
        if (found.Count > MaxSelectableFields)
        {
            errors.Add(FieldError.TooMany(at, found.Count, MaxSelectableFields));
        }
    }
}
