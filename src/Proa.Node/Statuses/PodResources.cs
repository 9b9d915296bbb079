using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Node.Statuses;

/// <summary>
/// What a status tells of a pod's resources as a whole: what is set aside for it (<c>allocatedResources</c>) and what it
/// has (<c>resources</c>). https://kubernetes.io/docs/tasks/configure-pod-container/resize-pod-resources/
/// </summary>
internal static class PodResources
{
    /// <summary>What the scheduler counts for the pod.</summary>
    public static IReadOnlyDictionary<string, Quantity> Allocated(PodSpec spec) => Total(spec, limits: false);

    /// <summary>
    /// Until a status said that the pod runs, the sums over its containers. From then on only what the pod itself was
    /// given, told with the next change of its containers or its specification: that is when the original looks again.
    /// </summary>
    /// <param name="old">The status as it was last written.</param>
    /// <param name="next">The new one, complete but for this.</param>
    public static ResourceRequirements? Of(PodSpec spec, PodStatus old, PodStatus next)
    {
        // One that has ended already is a change that the original's next look would have seen.
        var ended = next.ContainerStatuses.Any(static container => container.State.Terminated is not null);
        if (!ended && (old.Phase is null or "" or "Pending"))
        {
            return (spec.Resources ?? ResourceRequirements.Empty) with
            {
                Requests = Allocated(spec),
                Limits = Total(spec, limits: true),
            };
        }
        var looked = old.ObservedGeneration != next.ObservedGeneration || old.Phase != next.Phase || old.Reason != next.Reason
            || !old.ContainerStatuses.SequenceEqual(next.ContainerStatuses)
            || !old.InitContainerStatuses.SequenceEqual(next.InitContainerStatuses)
            || !old.EphemeralContainerStatuses.SequenceEqual(next.EphemeralContainerStatuses);
        return !looked ? old.Resources : spec.Resources is { } own ? Own(spec, own) : null;
    }

    // The kernel knows no requests of memory: where the pod does not name one, its containers' sum stands for it.
    private static ResourceRequirements Own(PodSpec spec, ResourceRequirements own) =>
        own.Requests.ContainsKey("memory") || !Allocated(spec).TryGetValue("memory", out var memory)
            ? own
            : own with { Requests = new Dictionary<string, Quantity>(own.Requests) { ["memory"] = memory } };

    private static Dictionary<string, Quantity> Total(PodSpec spec, bool limits)
    {
        var together = new Dictionary<string, Quantity>();
        foreach (var container in spec.Containers)
        {
            Add(together, Part(container.Resources));
        }
        var sidecars = new Dictionary<string, Quantity>();
        var starting = new Dictionary<string, Quantity>();
        foreach (var container in spec.InitContainers)
        {
            var beside = container.RestartPolicy == "Always" ? sidecars : new(sidecars);
            Add(beside, Part(container.Resources));
            Raise(starting, beside);
        }
        Add(together, sidecars);
        Raise(together, starting);
        if (spec.Resources is { } own)
        {
            foreach (var (name, amount) in Part(own))
            {
                together[name] = amount;
            }
        }
        // Overhead widens a limit that is there; it makes none.
        Add(together, limits ? spec.Overhead.Where(extra => together.ContainsKey(extra.Key)) : spec.Overhead);
        return together;

        IReadOnlyDictionary<string, Quantity> Part(ResourceRequirements resources) => limits ? resources.Limits : resources.Requests;
    }

    private static void Add(Dictionary<string, Quantity> sum, IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        foreach (var (name, amount) in amounts)
        {
            sum[name] = sum.TryGetValue(name, out var before) ? before + amount : amount;
        }
    }

    private static void Raise(Dictionary<string, Quantity> highest, Dictionary<string, Quantity> amounts)
    {
        foreach (var (name, amount) in amounts)
        {
            highest[name] = highest.TryGetValue(name, out var before) && before.CompareTo(amount) > 0 ? before : amount;
        }
    }
}
