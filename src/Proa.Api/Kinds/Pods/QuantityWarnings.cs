using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Bytes that are no whole number: <c>100m</c> of memory is a tenth of a byte, and seldom meant.</summary>
internal static class QuantityWarnings
{
    public static void Fractional(JsonObject? resources, string name, string at, List<string> warnings)
    {
        if (resources?[name] is JsonString text && Quantity.TryParse(text.Value, out var quantity) && quantity.MilliValue % 1000 != 0)
        {
            warnings.Add($"{at}[{name}]: fractional byte value {FieldError.Quote(quantity.ToString())} is invalid, must be an integer");
        }
    }

    /// <summary>Of a claim's storage.</summary>
    public static void Claim(JsonObject? spec, string at, List<string> warnings)
    {
        var resources = (spec ?? []).Sub("resources");
        Fractional(resources.Object("requests"), "storage", $"{at}.resources.requests", warnings);
        Fractional(resources.Object("limits"), "storage", $"{at}.resources.limits", warnings);
    }
}
