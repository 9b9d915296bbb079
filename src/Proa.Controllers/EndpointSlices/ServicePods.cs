using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Controllers.Common;

namespace Proa.Controllers.EndpointSlices;

/// <summary>Which services select a pod, and which pods a service. Pure.</summary>
internal static class ServicePods
{
    public static bool Selects(Service service, Pod pod) => service.Spec.Selector.Count > 0
        && service.Spec.Type != "ExternalName"
        && Selectors.MatchesAll(service.Spec.Selector, pod.Metadata.Labels);

    /// <summary>Tells each service whose endpoints the change may touch.</summary>
    public static void ForEachAffected(IInformer<Service> services, InformerEvent<Pod> change, Action<Service> tell)
    {
        if (change is { Old: { } old, New: { } now } && !Differs(old, now))
        {
            return;
        }
        foreach (var service in services.List(change.Object.Metadata.Namespace))
        {
            if ((change.Old is not null && Selects(service, change.Old)) || (change.New is not null && Selects(service, change.New)))
            {
                tell(service);
            }
        }
    }

    /// <summary>Whether a pod's change shows in endpoints; most do not.</summary>
    public static bool Differs(Pod a, Pod b) =>
        a.Metadata.DeletionTimestamp is null != b.Metadata.DeletionTimestamp is null
        || PodFacts.IsReady(a) != PodFacts.IsReady(b)
        || PodFacts.IsFinished(a) != PodFacts.IsFinished(b)
        || a.Spec.NodeName != b.Spec.NodeName
        || a.Status.PodIP != b.Status.PodIP
        || a.Metadata.Uid != b.Metadata.Uid
        || !a.Status.PodIPs.SequenceEqual(b.Status.PodIPs)
        || !Same(a.Metadata.Labels, b.Metadata.Labels);

    private static bool Same(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Count == b.Count && Selectors.MatchesAll(a, b);
}
