using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

/// <summary>Checks label selectors inside objects, and matches them against labels given as JSON.</summary>
internal static class LabelSelectorRules
{
    public static void Check(JsonObject? selector, string field, FieldErrors errors)
    {
        if (selector is null)
        {
            return;
        }
        ObjectMetaRules.Labels(selector.Object("matchLabels"), $"{field}.matchLabels", errors);
        var i = 0;
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            var at = $"{field}.matchExpressions[{i++}]";
            var count = expression.Array("values")?.Count ?? 0;
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn":
                    if (count == 0)
                    {
                        errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    }
                    break;
                case "Exists" or "DoesNotExist":
                    if (count > 0)
                    {
                        errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    }
                    break;
                default:
                    errors.Invalid($"{at}.operator", expression["operator"] ?? "", "not a valid selector operator");
                    break;
            }
            errors.Invalid($"{at}.key", expression.Text("key"), Names.QualifiedName(expression.Text("key")));
            var v = 0;
            foreach (var value in expression.Array("values") ?? [])
            {
                errors.Invalid($"{at}.values[{v++}]", (value as JsonString)?.Value ?? "", Names.LabelValue((value as JsonString)?.Value ?? ""));
            }
        }
    }

    /// <summary>As messages print it.</summary>
    public static JsonObject? Shown(JsonObject? selector) => selector is null ? null : InternalForms.Selector(selector);

    public static bool IsEmpty(JsonObject? selector) =>
        selector is null || ((selector.Object("matchLabels")?.Count ?? 0) == 0 && (selector.Array("matchExpressions")?.Count ?? 0) == 0);

    public static bool Matches(JsonObject selector, JsonObject? labels)
    {
        foreach (var (key, value) in selector.Object("matchLabels") ?? new JsonObject())
        {
            if (!FieldErrors.Same(labels?[key], value))
            {
                return false;
            }
        }
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            var value = labels?[expression.Text("key")];
            var listed = value is not null && (expression.Array("values")?.Any(v => v.DeepEquals(value)) ?? false);
            var holds = expression.Text("operator") switch
            {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value is not null,
                "DoesNotExist" => value is null,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }
        return true;
    }
}
