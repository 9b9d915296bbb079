using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.DaemonSets;

/// <summary>Which daemon pods to make and to delete, and the counts of the status. Pure.</summary>
internal sealed record DaemonSetPlan(List<string> Create, List<Pod> Delete, DaemonSetStatus Status, TimeSpan? Wait)
{
    /// <param name="hash">Of the newest template.</param>
    public static DaemonSetPlan Of(DaemonSet set, IReadOnlyList<Node> nodes, IReadOnlyList<Pod> pods, string hash, DateTimeOffset now)
    {
        var byNode = new Dictionary<string, List<Pod>>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            var node = DaemonPlacement.NodeOf(pod) ?? "";
            (byNode.TryGetValue(node, out var there) ? there : byNode[node] = []).Add(pod);
        }
        var create = new List<string>();
        var delete = new List<Pod>();
        var stale = new List<Pod>();
        int desired = 0, scheduled = 0, misscheduled = 0, ready = 0, available = 0, updated = 0, unavailable = 0;
        TimeSpan? wait = null;
        foreach (var node in nodes)
        {
            var (run, stay) = DaemonPlacement.On(set, node);
            var mine = byNode.Remove(node.Metadata.Name!, out var there) ? there : [];
            var live = mine.FindAll(pod => !PodFacts.IsTerminating(pod)).OrderBy(pod => pod.Metadata.CreationTimestamp).ToList();
            delete.AddRange(live.FindAll(PodFacts.IsFinished));
            var active = live.FindAll(PodFacts.IsActive);
            if (!run)
            {
                misscheduled += mine.Count > 0 ? 1 : 0;
                if (!stay)
                {
                    delete.AddRange(active);
                }
                continue;
            }
            desired++;
            scheduled += mine.Count > 0 ? 1 : 0;
            if (mine.Count == 0)
            {
                create.Add(node.Metadata.Name!);
            }
            delete.AddRange(active.Skip(1));
            if (active.Count == 0)
            {
                unavailable++;
                continue;
            }
            var pod = active[0];
            ready += PodFacts.IsReady(pod) ? 1 : 0;
            var serves = PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now, out var left);
            wait = wait is null || left < wait ? left ?? wait : wait;
            available += serves ? 1 : 0;
            unavailable += serves ? 0 : 1;
            if (pod.Metadata.Labels.GetValueOrDefault("controller-revision-hash") == hash)
            {
                updated++;
            }
            else
            {
                // What does not serve is replaced first: it costs nothing.
                stale.Insert(serves ? stale.Count : 0, pod);
            }
        }
        // Pods on nodes that are no more.
        delete.AddRange(byNode.Where(pair => pair.Key.Length > 0).SelectMany(pair => pair.Value).Where(pod => !PodFacts.IsTerminating(pod)));
        if (set.Spec.UpdateStrategy.Type != "OnDelete")
        {
            delete.AddRange(Roll(set, stale, desired, unavailable, now));
        }
        return new(create, delete, set.Status with
        {
            DesiredNumberScheduled = desired,
            CurrentNumberScheduled = scheduled,
            NumberMisscheduled = misscheduled,
            NumberReady = ready,
            UpdatedNumberScheduled = Counts.OrAbsent(updated),
            NumberAvailable = Counts.OrAbsent(available),
            NumberUnavailable = Counts.OrAbsent(desired - available),
            ObservedGeneration = set.Metadata.Generation,
        }, wait);
    }

    private static IEnumerable<Pod> Roll(DaemonSet set, List<Pod> stale, int desired, int unavailable, DateTimeOffset now)
    {
        var budget = Math.Max(1, (set.Spec.UpdateStrategy.RollingUpdate?.MaxUnavailable ?? 1).Scaled(desired, roundUp: true)) - unavailable;
        foreach (var pod in stale)
        {
            if (!PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now))
            {
                yield return pod;
            }
            else if (budget-- > 0)
            {
                yield return pod;
            }
        }
    }
}
