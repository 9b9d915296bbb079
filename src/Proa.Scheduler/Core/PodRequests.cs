using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Scheduler.Core;

/// <summary>
/// What a pod needs of a node: its containers run together, its init containers one after another beside the sidecars that
/// were started before them; requests of the pod itself replace the sum, and the runtime's overhead comes on top.
/// https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
/// </summary>
internal static class PodRequests
{
    // What a container that asks for nothing is taken to use when nodes are compared, so that such pods spread too.
    private static readonly ResourceAmounts s_assumed = new(100, 200 << 20, 0, []);

    public static ResourceAmounts Of(PodSpec spec) => Sum(spec, static container => ResourceAmounts.Of(container.Resources.Requests));

    /// <summary>The same with an assumption for containers that leave out CPU or memory; for scores only.</summary>
    public static ResourceAmounts Assumed(PodSpec spec) => Sum(spec, static container =>
    {
        var requests = ResourceAmounts.Of(container.Resources.Requests);
        return requests with
        {
            MilliCpu = container.Resources.Requests.ContainsKey("cpu") ? requests.MilliCpu : s_assumed.MilliCpu,
            Memory = container.Resources.Requests.ContainsKey("memory") ? requests.Memory : s_assumed.Memory,
        };
    });

    private static ResourceAmounts Sum(PodSpec spec, Func<Container, ResourceAmounts> requests)
    {
        var together = ResourceAmounts.None;
        foreach (var container in spec.Containers)
        {
            together += requests(container);
        }
        var sidecars = ResourceAmounts.None;
        var starting = ResourceAmounts.None;
        foreach (var container in spec.InitContainers)
        {
            if (container.RestartPolicy == "Always")
            {
                sidecars += requests(container);
                starting = ResourceAmounts.Max(starting, sidecars);
            }
            else
            {
                starting = ResourceAmounts.Max(starting, sidecars + requests(container));
            }
        }
        var total = ResourceAmounts.Max(together + sidecars, starting);
        if (spec.Resources is { } ofPod)
        {
            total = Replace(total, ofPod.Requests);
        }
        return spec.Overhead.Count == 0 ? total : total + ResourceAmounts.Of(spec.Overhead);
    }

    private static ResourceAmounts Replace(ResourceAmounts total, IReadOnlyDictionary<string, Quantity> ofPod)
    {
        var amounts = ResourceAmounts.Of(ofPod);
        return total with
        {
            MilliCpu = ofPod.ContainsKey("cpu") ? amounts.MilliCpu : total.MilliCpu,
            Memory = ofPod.ContainsKey("memory") ? amounts.Memory : total.Memory,
            Others = [.. total.Others.Where(other => !ofPod.ContainsKey(other.Key)).Concat(amounts.Others).OrderBy(other => other.Key, StringComparer.Ordinal)],
        };
    }
}
