using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What requests and limits must be like.</summary>
internal static class ResourceRules
{
    public static void CheckContainer(JsonObject? resources, string at, FieldErrors errors)
    {
        if (resources is null)
        {
            return;
        }
        var limits = resources.Object("limits");
        var requests = resources.Object("requests");
        foreach (var (name, value) in limits ?? new JsonObject())
        {
            Amount(name, value, $"{at}.limits[{name}]", errors);
        }
        foreach (var (name, value) in requests ?? new JsonObject())
        {
            Amount(name, value, $"{at}.requests[{name}]", errors);
            if (limits?.String(name) is { } limitText && Quantity.TryParse(limitText, out var limit)
                && value is JsonString text && Quantity.TryParse(text.Value, out var request))
            {
                if (!CanOvercommit(name) && request != limit)
                {
                    errors.Invalid($"{at}.requests", text, $"must be equal to {name} limit of {limit}");
                }
                else if (request > limit)
                {
                    errors.Invalid($"{at}.requests", text, $"must be less than or equal to {name} limit of {limit}");
                }
            }
            else if (limits?.ContainsKey(name) != true && !CanOvercommit(name))
            {
                errors.Required($"{at}.limits", "Limit must be set for non overcommitable resources");
            }
        }
    }

    public static void Amount(string name, JsonValue value, string field, FieldErrors errors)
    {
        foreach (var wrong in Names.QualifiedName(name))
        {
            errors.Invalid(field, name, wrong);
        }
        if (!name.Contains('/') && !IsStandard(name))
        {
            errors.Invalid(field, name, "must be a standard resource type or fully qualified");
        }
        if (value is JsonString text && Quantity.TryParse(text.Value, out var quantity))
        {
            if (quantity.Sign < 0)
            {
                errors.Invalid(field, text, "must be greater than or equal to 0");
            }
            else if (name.Contains('/') && !name.StartsWith("kubernetes.io/", StringComparison.Ordinal) && quantity.MilliValue % 1000 != 0)
            {
                errors.Invalid(field, text, "must be an integer");
            }
        }
    }

    private static bool CanOvercommit(string name) =>
        name.StartsWith("kubernetes.io/", StringComparison.Ordinal) || (!name.Contains('/') && !name.StartsWith("hugepages-", StringComparison.Ordinal));

    private static bool IsStandard(string name) => name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal);
}
