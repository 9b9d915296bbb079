using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>Checks a custom resource against its schema; messages as the original's.</summary>
internal sealed class StructuralValidator
{
    private readonly List<FieldError> _errors = [];

    /// <param name="old">What did not change since is not looked at.</param>
    public static IReadOnlyList<FieldError> Validate(SchemaNode root, JsonObject obj, JsonObject? old)
    {
        var validator = new StructuralValidator();
        validator.Value(root, obj, "", old, isRoot: true);
        return validator._errors;
    }

    private void Value(SchemaNode node, JsonValue value, string path, JsonValue? old = null, bool isRoot = false)
    {
        if (node.Rules is not { } rules || (old is not null && !isRoot && old.DeepEquals(value)))
        {
            return;
        }
        if (value is JsonNull)
        {
            if (!rules.Nullable && node.Kind != SchemaKind.Any)
            {
                WrongType(path, value, TypeOf(node));
            }
            return;
        }
        if (!HasType(node, value))
        {
            WrongType(path, value, TypeOf(node));
            return;
        }
        if (rules.Enum is not null && !rules.Enum.Any(allowed => allowed.DeepEquals(value)))
        {
            _errors.Add(FieldError.NotSupported(path, value, [.. rules.Enum.Select(v => v is JsonString s ? s.Value : v.ToString())]));
        }
        switch (value)
        {
            case JsonString text:
                Text(rules, text, path);
                break;
            case JsonNumber number:
                Number(rules, number, path);
                break;
            case JsonArray list:
                List(node, rules, list, path, old as JsonArray);
                break;
            case JsonObject obj:
                Object(node, rules, obj, path, old as JsonObject, isRoot);
                break;
        }
        Combinations(rules, value, path);
    }

    private void Text(StructuralRules rules, JsonString text, string path)
    {
        var length = new StringInfo(text.Value).LengthInTextElements;
        if (rules.MaxLength is { } max && length > max)
        {
            _errors.Add(new(FieldErrorType.TooLong, path, null, $"may not be more than {max} bytes"));
        }
        if (rules.MinLength is { } min && length < min)
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body should be at least {min} chars long"));
        }
        if (!rules.Matches(text.Value))
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body should match '{rules.Pattern}'"));
        }
        if (rules.Format.Length > 0 && !StringFormats.IsValid(rules.Format, text.Value))
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body must be of type {rules.Format}: {FieldError.Quote(text.Value)}"));
        }
    }

    private void Number(StructuralRules rules, JsonNumber number, string path)
    {
        var value = number.ToDouble();
        if (rules.Maximum is { } max && (rules.ExclusiveMaximum ? value >= max : value > max))
        {
            _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be less than {(rules.ExclusiveMaximum ? "" : "or equal to ")}{Show(max)}"));
        }
        if (rules.Minimum is { } min && (rules.ExclusiveMinimum ? value <= min : value < min))
        {
            _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be greater than {(rules.ExclusiveMinimum ? "" : "or equal to ")}{Show(min)}"));
        }
        if (rules.MultipleOf is { } factor && factor != 0 && value / factor != Math.Floor(value / factor))
        {
            _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be a multiple of {Show(factor)}"));
        }
    }

    private void List(SchemaNode node, StructuralRules rules, JsonArray list, string path, JsonArray? old)
    {
        if (rules.MaxItems is { } max && list.Count > max)
        {
            _errors.Add(FieldError.TooMany(path, list.Count, (int)max));
        }
        if (rules.MinItems is { } min && list.Count < min)
        {
            _errors.Add(FieldError.Invalid(path, list.Count, $"{path} in body should have at least {min} items"));
        }
        if (node.Element is null)
        {
            return;
        }
        for (var i = 0; i < list.Count; i++)
        {
            Value(node.Element, list[i], $"{path}[{i}]", Before(node, list[i], old));
        }
        Uniqueness(node, list, path);
    }

    /// <summary>The old item of a map-like list with the same keys; items of other lists cannot be told apart.</summary>
    private static JsonObject? Before(SchemaNode node, JsonValue item, JsonArray? old)
    {
        if (old is null || node.ListType != ListType.Map || item is not JsonObject obj)
        {
            return null;
        }
        foreach (var candidate in old)
        {
            if (candidate is JsonObject before && node.ListKeys.All(key => Kinds.FieldErrors.Same(before[key], obj[key])))
            {
                return before;
            }
        }
        return null;
    }

    private void Uniqueness(SchemaNode node, JsonArray list, string path)
    {
        if (node.ListType == ListType.Atomic)
        {
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            JsonValue key = list[i];
            if (node.ListType == ListType.Map && list[i] is JsonObject item)
            {
                var keys = new JsonObject();
                foreach (var name in node.ListKeys)
                {
                    keys[name] = item[name];
                }
                key = keys;
            }
            if (!seen.Add(key.ToString()))
            {
                _errors.Add(FieldError.Duplicate($"{path}[{i}]", key));
            }
        }
    }

    private void Object(SchemaNode node, StructuralRules rules, JsonObject obj, string path, JsonObject? old, bool isRoot)
    {
        if (rules.MaxProperties is { } max && obj.Count > max)
        {
            _errors.Add(FieldError.TooMany(path, obj.Count, (int)max));
        }
        if (rules.MinProperties is { } min && obj.Count < min)
        {
            _errors.Add(FieldError.Invalid(path, obj.Count, $"{path} in body should have at least {min} properties"));
        }
        foreach (var name in rules.Required)
        {
            if (!obj.ContainsKey(name))
            {
                _errors.Add(FieldError.Required(Join(path, name)));
            }
        }
        foreach (var (name, member) in obj)
        {
            if (isRoot && name is "apiVersion" or "kind" or "metadata")
            {
                continue;
            }
            if (node.Kind == SchemaKind.Map)
            {
                Value(node.Element!, member, Join(path, name), old?[name]);
            }
            else if (node.Fields.TryGet(name, out var field))
            {
                Value(field, member, Join(path, name), old?[name]);
            }
        }
    }

    private void Combinations(StructuralRules rules, JsonValue value, string path)
    {
        foreach (var schema in rules.AllOf)
        {
            Value(schema, value, path);
        }
        if (rules.AnyOf.Count > 0 && !rules.AnyOf.Any(schema => Passes(schema, value)))
        {
            _errors.Add(FieldError.Invalid(path, value, $"{FieldError.Quote(path)} must validate at least one schema (anyOf)"));
        }
        if (rules.OneOf.Count > 0 && rules.OneOf.Count(schema => Passes(schema, value)) is var count && count != 1)
        {
            _errors.Add(FieldError.Invalid(path, value,
                $"{FieldError.Quote(path)} must validate one and only one schema (oneOf). Found {(count == 0 ? "none valid" : $"{count} valid alternatives")}"));
        }
        if (rules.Not is not null && Passes(rules.Not, value))
        {
            _errors.Add(FieldError.Invalid(path, value, $"{FieldError.Quote(path)} must not validate the schema (not)"));
        }
    }

    private static bool Passes(SchemaNode schema, JsonValue value)
    {
        var trial = new StructuralValidator();
        trial.Value(schema, value, "");
        return trial._errors.Count == 0;
    }

    private void WrongType(string path, JsonValue value, string expected)
    {
        var found = value switch
        {
            JsonString => "string",
            JsonNumber n => n.TryGetInt64(out _) ? "integer" : "number",
            JsonBool => "boolean",
            JsonArray => "array",
            JsonObject => "object",
            _ => "null",
        };
        _errors.Add(new(FieldErrorType.TypeInvalid, path, found, $"{path} in body must be of type {expected}: \"{found}\""));
    }

    private static string TypeOf(SchemaNode node) => node.Kind == SchemaKind.IntOrString ? "integer,string" : node.Rules!.Type;

    private static bool HasType(SchemaNode node, JsonValue value) => node.Kind switch
    {
        SchemaKind.Object or SchemaKind.Map or SchemaKind.List when node.Rules!.Type.Length == 0 => true,
        SchemaKind.Object or SchemaKind.Map => value is JsonObject,
        SchemaKind.List => value is JsonArray,
        SchemaKind.String => value is JsonString,
        SchemaKind.Bool => value is JsonBool,
        SchemaKind.Int64 => value is JsonNumber n && (n.TryGetInt64(out _) || n.ToDouble() % 1 == 0),
        SchemaKind.Double => value is JsonNumber,
        SchemaKind.IntOrString => value is JsonString || (value is JsonNumber n && n.TryGetInt64(out _)),
        _ => true,
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Show(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
