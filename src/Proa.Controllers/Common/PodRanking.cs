using System.Globalization;
using Proa.Api.Models.Core;

namespace Proa.Controllers.Common;

/// <summary>Which pods to delete first when there are too many. The order is the original's.</summary>
internal static class PodRanking
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    /// <param name="candidates">Active pods of one controller.</param>
    /// <param name="related">Active pods that do the same work, such as those of a deployment's other replica sets; a node that has many loses first.</param>
    /// <returns>The <paramref name="count"/> to delete.</returns>
    public static List<Pod> ToDelete(IReadOnlyList<Pod> candidates, IReadOnlyList<Pod> related, int count, DateTimeOffset now)
    {
        if (count >= candidates.Count)
        {
            return [.. candidates];
        }
        var onNode = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in related)
        {
            if (PodFacts.IsActive(pod) && !string.IsNullOrEmpty(pod.Spec.NodeName))
            {
                onNode[pod.Spec.NodeName] = onNode.GetValueOrDefault(pod.Spec.NodeName) + 1;
            }
        }
        var sorted = new List<Pod>(candidates);
        sorted.Sort((a, b) => Compare(a, b, onNode, now));
        return sorted.GetRange(0, count);
    }

    private static int Compare(Pod a, Pod b, Dictionary<string, int> onNode, DateTimeOffset now)
    {
        var order = HasNode(a).CompareTo(HasNode(b));
        if (order == 0)
        {
            order = Phase(a).CompareTo(Phase(b));
        }
        var ready = PodFacts.IsReady(a);
        if (order == 0)
        {
            order = ready.CompareTo(PodFacts.IsReady(b));
        }
        if (order == 0)
        {
            order = Cost(a).CompareTo(Cost(b));
        }
        if (order == 0 && HasNode(a))
        {
            order = onNode.GetValueOrDefault(b.Spec.NodeName!).CompareTo(onNode.GetValueOrDefault(a.Spec.NodeName!));
        }
        if (order == 0 && ready)
        {
            order = CompareAges(ReadySince(a), ReadySince(b), now);
        }
        if (order == 0)
        {
            order = Restarts(b).CompareTo(Restarts(a));
        }
        if (order == 0)
        {
            order = CompareAges(a.Metadata.CreationTimestamp, b.Metadata.CreationTimestamp, now);
        }
        return order != 0 ? order : string.CompareOrdinal(a.Metadata.Uid, b.Metadata.Uid);
    }

    /// <summary>The younger first, where ages of one power of two are alike: exact order would always spare the same pods.</summary>
    private static int CompareAges(DateTimeOffset? a, DateTimeOffset? b, DateTimeOffset now) => Magnitude(a, now).CompareTo(Magnitude(b, now));

    private static int Magnitude(DateTimeOffset? time, DateTimeOffset now) =>
        time is null ? -1 : (int)Math.Log2(Math.Max(1, (now - time.Value).TotalNanoseconds));

    private static bool HasNode(Pod pod) => !string.IsNullOrEmpty(pod.Spec.NodeName);

    private static int Phase(Pod pod) => pod.Status.Phase switch
    {
        "Running" => 2,
        "Unknown" => 1,
        _ => 0,
    };

    private static int Cost(Pod pod) =>
        pod.Metadata.Annotations.TryGetValue(DeletionCost, out var text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost)
            ? cost
            : 0;

    private static DateTimeOffset? ReadySince(Pod pod) => PodFacts.Condition(pod, "Ready")?.LastTransitionTime;

    private static int Restarts(Pod pod)
    {
        var most = 0;
        foreach (var status in pod.Status.ContainerStatuses)
        {
            most = Math.Max(most, status.RestartCount);
        }
        return most;
    }
}
