using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>
/// Fields of features that Kubernetes 1.36 has switched off unless told otherwise: taken out of what is written, as if they were not there,
/// unless what is replaced has them. Source: the feature gates of Kubernetes 1.36.
/// </summary>
internal static class GatedFields
{
    public static void DropFromTemplate(JsonObject? template, JsonObject? old) => Drop(template?.Object("spec"), old?.Object("spec"));

    public static void Drop(JsonObject? spec, JsonObject? old)
    {
        if (spec is null)
        {
            return;
        }
        Projection(spec, old, "clusterTrustBundle");
        Projection(spec, old, "podCertificate");
        if (old?.ContainsKey("schedulingGroup") != true)
        {
            spec.Remove("schedulingGroup");
        }
        StopSignals(spec, old);
    }

    public static void DropFromStatus(JsonObject status, JsonObject before)
    {
        if (!before.ContainsKey("nodeAllocatableResourceClaimStatuses"))
        {
            status.Remove("nodeAllocatableResourceClaimStatuses");
        }
        if (Mounts(before).Any(static mount => mount.ContainsKey("volumeStatus")))
        {
            return;
        }
        foreach (var mount in Mounts(status))
        {
            mount.Remove("volumeStatus");
        }
    }

    private static IEnumerable<JsonObject> Mounts(JsonObject status) => ((string[])["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"])
        .SelectMany(status.Objects).SelectMany(static one => one.Objects("volumeMounts"));

    private static void Projection(JsonObject spec, JsonObject? old, string name)
    {
        if (old is not null && Sources(old).Any(source => source.ContainsKey(name)))
        {
            return;
        }
        foreach (var source in Sources(spec))
        {
            source.Remove(name);
        }
    }

    private static IEnumerable<JsonObject> Sources(JsonObject spec) =>
        spec.Objects("volumes").SelectMany(static volume => volume.Object("projected")?.Objects("sources") ?? []);

    private static void StopSignals(JsonObject spec, JsonObject? old)
    {
        if (old is not null && PodSpecRules.AllContainers(old, "").Any(static at => at.Container.Sub("lifecycle").ContainsKey("stopSignal")))
        {
            return;
        }
        foreach (var (container, _) in PodSpecRules.AllContainers(spec, ""))
        {
            if (container.Object("lifecycle") is { } lifecycle && lifecycle.Remove("stopSignal") && lifecycle.Count == 0)
            {
                container.Remove("lifecycle");
            }
        }
    }
}
