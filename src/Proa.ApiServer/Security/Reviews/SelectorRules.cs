using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>The rules of the selectors that an access review may ask about. Unknown operators pass: newer clients may know more.</summary>
internal static class SelectorRules
{
    public static void Check(JsonObject? resource, FieldErrors errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["fieldSelector", "labelSelector"])
        {
            if (resource?.Object(name) is { } selector)
            {
                Check(selector, name == "labelSelector", $"spec.resourceAttributes.{name}", errors);
            }
        }
    }

    private static void Check(JsonObject selector, bool isLabels, string at, FieldErrors errors)
    {
        var raw = selector.String("rawSelector") ?? "";
        var requirements = selector.Array("requirements") ?? [];
        if (raw.Length > 0 && requirements.Count > 0)
        {
            errors.Invalid($"{at}.rawSelector", raw, "may not specified at the same time as requirements");
        }
        if (raw.Length == 0 && requirements.Count == 0)
        {
            errors.Required($"{at}.requirements", $"when {at} is specified, requirements or rawSelector is required");
        }
        for (var i = 0; i < requirements.Count; i++)
        {
            if (requirements[i] is JsonObject requirement)
            {
                Requirement(requirement, isLabels, $"{at}.requirements[{i}]", errors);
            }
        }
    }

    private static void Requirement(JsonObject requirement, bool isLabels, string at, FieldErrors errors)
    {
        var key = requirement.String("key") ?? "";
        if (!isLabels && key.Length == 0)
        {
            errors.Required($"{at}.key", "must be specified");
        }
        var values = requirement.Array("values")?.Count ?? 0;
        switch (requirement.String("operator"))
        {
            case "In" or "NotIn" when values == 0:
                errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when values > 0:
                errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
        }
        if (!isLabels)
        {
            return;
        }
        errors.Invalid($"{at}.key", key, Names.QualifiedName(key));
        for (var i = 0; i < values; i++)
        {
            if (requirement.Array("values")![i] is JsonString value)
            {
                errors.Invalid($"{at}.values[{i}]", value.Value, Names.LabelValue(value.Value));
            }
        }
    }
}
