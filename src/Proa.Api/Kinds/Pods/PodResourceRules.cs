using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Requests and limits of a whole pod, against those of its containers.</summary>
internal static class PodResourceRules
{
    public static void Check(JsonObject spec, string at, FieldErrors errors)
    {
        if (spec.Object("resources") is not { } resources)
        {
            return;
        }
        if (spec.Sub("os").Text("name") == "windows")
        {
            errors.Forbidden(at, "may not be set for a windows pod");
            return;
        }
        if (resources.IsGiven("claims"))
        {
            errors.Forbidden($"{at}.claims", "claims may not be set for Resources at pod-level");
        }
        ResourceRules.CheckPod(resources, at, errors);
        Requests(spec, resources, at, errors);
        HugePageLimits(spec, resources, at, errors);
        var i = 0;
        foreach (var container in spec.Objects("containers"))
        {
            foreach (var (name, value) in container.Sub("resources", "limits"))
            {
                if (Amount(value) is { } limit && Amount(resources.Sub("limits")[name]) is { } most && limit > most)
                {
                    errors.Invalid($"{at}.containers[{i}][{name}].limits", limit.ToString(), $"must be less than or equal to pod limits of {most}");
                }
            }
            i++;
        }
    }

    private static void Requests(JsonObject spec, JsonObject resources, string at, FieldErrors errors)
    {
        foreach (var (name, value) in resources.Sub("requests"))
        {
            if (Amount(value) is not { } whole)
            {
                continue;
            }
            if (PodResources.Sum(spec, "requests", name) is { } sum && sum > whole)
            {
                errors.Invalid($"{at}.requests[{name}]", whole.ToString(), $"must be greater than or equal to aggregate container requests of {sum}");
            }
        }
    }

    private static void HugePageLimits(JsonObject spec, JsonObject resources, string at, FieldErrors errors)
    {
        foreach (var (name, value) in resources.Sub("limits"))
        {
            if (ResourceNames.IsHugePages(name) && Amount(value) is { } whole && PodResources.Sum(spec, "limits", name) is { } sum && sum > whole)
            {
                errors.Invalid($"{at}.limits[{name}]", whole.ToString(), $"must be greater than or equal to aggregate container limits of {sum}");
            }
        }
    }

    private static Quantity? Amount(JsonValue? value) => value is JsonString text && Quantity.TryParse(text.Value, out var amount) ? amount : null;
}
