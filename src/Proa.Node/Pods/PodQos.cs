using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>A pod's class of service, from its requests and limits of CPU and memory.</summary>
internal static class PodQos
{
    public const string Guaranteed = "Guaranteed";
    public const string Burstable = "Burstable";
    public const string BestEffort = "BestEffort";

    /// <summary>The class that the API wrote at creation, or the computed one. It never changes while a pod lives.</summary>
    public static string Of(Pod pod) => string.IsNullOrEmpty(pod.Status.QosClass) ? Compute(pod) : pod.Status.QosClass;

    public static string Compute(Pod pod)
    {
        if (pod.Spec.Resources is { } own && (own.Requests.Count > 0 || own.Limits.Count > 0))
        {
            return IsGuaranteed(own) ? Guaranteed : Burstable;
        }
        var any = false;
        var guaranteed = true;
        foreach (var container in PodContainer.All(pod))
        {
            if (container.Kind == ContainerKind.Ephemeral)
            {
                continue;
            }
            var resources = container.Spec.Resources;
            any |= Has(resources.Requests) || Has(resources.Limits);
            guaranteed &= IsGuaranteed(resources);
        }
        return !any ? BestEffort : guaranteed ? Guaranteed : Burstable;
    }

    private static bool IsGuaranteed(ResourceRequirements resources)
    {
        foreach (var name in (string[])["cpu", "memory"])
        {
            if (!resources.Limits.TryGetValue(name, out var limit) || limit.IsZero
                || (resources.Requests.TryGetValue(name, out var request) && !request.Equals(limit)))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Has(IReadOnlyDictionary<string, Proa.Api.Meta.Quantity> amounts) =>
        (amounts.TryGetValue("cpu", out var cpu) && !cpu.IsZero) || (amounts.TryGetValue("memory", out var memory) && !memory.IsZero);
}
