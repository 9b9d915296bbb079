using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>A pod's class: how soon it is evicted, and its cgroup.</summary>
public static class QualityOfService
{
    /// <summary><c>Guaranteed</c> when every container limits CPU and memory and requests as much; <c>BestEffort</c> when none says anything.</summary>
    public static string Of(JsonObject spec)
    {
        if (spec.Object("resources") is { } podLevel)
        {
            return !Says(podLevel, "requests") && !Says(podLevel, "limits") ? "BestEffort" : IsGuaranteed(podLevel) ? "Guaranteed" : "Burstable";
        }
        var anything = false;
        var guaranteed = true;
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            var resources = container.Object("resources");
            anything |= Says(resources, "requests") || Says(resources, "limits");
            guaranteed &= IsGuaranteed(resources);
        }
        return !anything ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    private static bool Says(JsonObject? resources, string name) =>
        Amount(resources, name, "cpu") is { Sign: > 0 } || Amount(resources, name, "memory") is { Sign: > 0 };

    private static bool IsGuaranteed(JsonObject? resources)
    {
        foreach (var name in (ReadOnlySpan<string>)["cpu", "memory"])
        {
            if (Amount(resources, "limits", name) is not { Sign: > 0 } limit || (Amount(resources, "requests", name) is { } request && request != limit))
            {
                return false;
            }
        }
        return true;
    }

    private static Quantity? Amount(JsonObject? resources, string list, string name) =>
        resources?.Object(list)?.String(name) is { } text && Quantity.TryParse(text, out var quantity) ? quantity : null;
}
