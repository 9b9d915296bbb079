using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What the containers of a pod request or limit together, and what a pod that speaks for them all requests by default.</summary>
internal static class PodResources
{
    /// <summary>What containers and sidecars name together, or one init container beside the sidecars before it; null when none names it.</summary>
    /// <param name="list"><c>requests</c> or <c>limits</c>.</param>
    public static Quantity? Sum(JsonObject spec, string list, string name)
    {
        var named = false;
        var zero = Quantity.FromLong(0);
        var (sidecars, peak) = (zero, zero);
        foreach (var container in spec.Objects("initContainers"))
        {
            var amount = Amount(container, list, name);
            named |= amount is not null;
            if (container.Text("restartPolicy") == "Always")
            {
                sidecars += amount ?? zero;
                peak = peak > sidecars ? peak : sidecars;
            }
            else if (sidecars + (amount ?? zero) > peak)
            {
                peak = sidecars + (amount ?? zero);
            }
        }
        var sum = sidecars;
        foreach (var container in spec.Objects("containers"))
        {
            var amount = Amount(container, list, name);
            named |= amount is not null;
            sum += amount ?? zero;
        }
        return !named ? null : sum > peak ? sum : peak;
    }

    /// <summary>A pod that says something of its resources gets limits of huge pages and requests from its containers, or its limits.</summary>
    public static void Default(JsonObject spec)
    {
        if (spec.Object("resources") is not { } resources || (resources.Sub("limits").Count == 0 && resources.Sub("requests").Count == 0))
        {
            return;
        }
        var requests = resources.Sub("requests").CloneObject();
        foreach (var name in Named(spec, "limits"))
        {
            if (ResourceNames.IsHugePages(name) && !requests.ContainsKey(name) && Sum(spec, "limits", name) is { } limit)
            {
                resources.EnsureObject("limits").DefaultUnset(name, limit.ToString());
            }
        }
        if (resources.Object("limits") is not { Count: > 0 } limits)
        {
            return;
        }
        foreach (var name in Named(spec, "requests"))
        {
            if (name is "cpu" or "memory" && Sum(spec, "requests", name) is { } request)
            {
                requests.DefaultUnset(name, request.ToString());
            }
        }
        foreach (var (name, limit) in limits)
        {
            if (name is "cpu" or "memory" || ResourceNames.IsHugePages(name))
            {
                requests.DefaultUnset(name, limit.Clone());
            }
        }
        if (requests.Count > 0)
        {
            resources["requests"] = requests;
        }
    }

    private static List<string> Named(JsonObject spec, string list) =>
        [.. spec.Objects("initContainers").Concat(spec.Objects("containers")).SelectMany(container => container.Sub("resources", list).Keys).Distinct()];

    private static Quantity? Amount(JsonObject container, string list, string name) =>
        container.Sub("resources", list)[name] is JsonString text && Quantity.TryParse(text.Value, out var amount) ? amount : null;
}
