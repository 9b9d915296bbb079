using Proa.Scheduler.Core;

namespace Proa.Scheduler.Preemption;

/// <summary>
/// Looks for pods of lower priority that would have to leave a node for a pod to fit there. Pure: the snapshot is changed while it
/// looks, and is as it was afterwards. https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
/// </summary>
internal static class PreemptionSearch
{
    private const string NotHelpful = "Preemption is not helpful for scheduling";
    private const string NoVictims = "No preemption victims found for incoming pod";

    /// <summary>Up to here all nodes are looked at; in larger clusters a tenth of them is enough.</summary>
    private const int AlwaysCompared = 100;

    /// <param name="rejections">Why each node did not take the pod; one that is not in it would take it with no pod on it either.</param>
    public static PreemptionOutcome Run(PodInfo pod, ClusterSnapshot cluster, IReadOnlyDictionary<string, Rejection> rejections)
    {
        if (pod.Pod.Spec.PreemptionPolicy == "Never")
        {
            return new(null, "not eligible due to preemptionPolicy=Never.") { KeepsPromise = true };
        }
        if (IsBeingMadeRoomFor(pod, cluster, rejections))
        {
            return new(null, "not eligible due to a terminating pod on the nominated node.") { KeepsPromise = true };
        }
        var candidates = new List<Candidate>();
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        var enough = Math.Max(AlwaysCompared, cluster.Nodes.Count / 10);
        foreach (var (name, rejection) in rejections)
        {
            if (rejection.Resolvable && candidates.Count < enough && cluster.Node(name) is { } node)
            {
                var (candidate, why) = VictimsOn(node, pod, cluster);
                if (candidate is not null)
                {
                    candidates.Add(candidate);
                }
                foreach (var reason in why)
                {
                    reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
                }
            }
        }
        if (candidates.Count > 0)
        {
            return new(Importance.LeastHarm(candidates), "");
        }
        var hopeless = cluster.Nodes.Count - rejections.Values.Count(rejection => rejection.Resolvable);
        if (hopeless > 0)
        {
            reasons[NotHelpful] = reasons.GetValueOrDefault(NotHelpful) + hopeless;
        }
        return new(null, FitError.Available(cluster.Nodes.Count, reasons));
    }

    /// <summary>Others are on their way out for it already: more need not go.</summary>
    private static bool IsBeingMadeRoomFor(PodInfo pod, ClusterSnapshot cluster, IReadOnlyDictionary<string, Rejection> rejections) =>
        cluster.Promises.NodeOf(pod.Uid) is { } promised
        && (!rejections.TryGetValue(promised, out var rejection) || rejection.Resolvable)
        && cluster.Node(promised) is { } node
        && Array.Exists(node.Pods, other => other.Priority < pod.Priority && (cluster.IsEvicted(other.Uid) || LeavesForAnother(other)));

    private static bool LeavesForAnother(PodInfo pod) => pod.IsTerminating
        && pod.Pod.Status.Conditions.Any(condition => condition is { Type: "DisruptionTarget", Status: "True", Reason: "PreemptionByScheduler" });

    private static (Candidate? Found, IReadOnlyList<string> Why) VictimsOn(NodeInfo node, PodInfo pod, ClusterSnapshot cluster)
    {
        var lower = node.Pods.Where(other => other.Priority < pod.Priority).ToList();
        if (lower.Count == 0)
        {
            return (null, [NoVictims]);
        }
        using var supposed = new Supposition(cluster);
        foreach (var (other, place) in cluster.Promises.Ahead(pod))
        {
            supposed.Add(place, other);
        }
        foreach (var other in lower)
        {
            supposed.Remove(node.Name, other);
        }
        if (Check(node.Name, pod, cluster) is { } rejection)
        {
            return (null, rejection.Reasons);
        }
        // As many as possible come back, the most important first, and those whose budget forbids their leaving before all others.
        lower.Sort(Importance.Compare);
        var (violating, others) = Budgets.Split(lower, cluster.Budgets);
        var victims = new List<PodInfo>();
        var violations = 0;
        foreach (var other in violating.Concat(others))
        {
            supposed.Add(node.Name, other);
            if (Check(node.Name, pod, cluster) is not null)
            {
                supposed.Remove(node.Name, other);
                violations += violating.Contains(other) ? 1 : 0;
                victims.Add(other);
            }
        }
        if (victims.Count == 0)
        {
            return (null, [NoVictims]);
        }
        victims.Sort(Importance.Compare);
        return (new(node.Name, victims, violations), []);
    }

    private static Rejection? Check(string node, PodInfo pod, ClusterSnapshot cluster) =>
        new NodeFilters(pod, cluster).Check(cluster.Node(node)!)?.Why;
}
