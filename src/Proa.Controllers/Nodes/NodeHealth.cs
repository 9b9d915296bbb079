using Proa.Api.Models.Core;

namespace Proa.Controllers.Nodes;

/// <summary>What a node's conditions and taints should be. Pure.</summary>
internal static class NodeHealth
{
    private const string Prefix = "node.kubernetes.io/";
    public const string NotReady = Prefix + "not-ready";
    public const string Unreachable = Prefix + "unreachable";

    private static readonly string[] s_heartbeatConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    /// <summary>The taints that are kept here; others are the user's or the node's own.</summary>
    private static readonly (string Key, string Condition)[] s_pressures =
    [
        (Prefix + "memory-pressure", "MemoryPressure"),
        (Prefix + "disk-pressure", "DiskPressure"),
        (Prefix + "pid-pressure", "PIDPressure"),
        (Prefix + "network-unavailable", "NetworkUnavailable"),
    ];

    public static NodeCondition? Ready(Node? node) => node?.Status.Conditions.FirstOrDefault(condition => condition.Type == "Ready");

    /// <summary>The conditions of a node that has fallen silent: what it said last is not known to hold.</summary>
    public static IReadOnlyList<NodeCondition> Silent(Node node, DateTimeOffset now)
    {
        var result = new List<NodeCondition>(node.Status.Conditions.Select(condition =>
            Array.IndexOf(s_heartbeatConditions, condition.Type) < 0 || condition.Status == "Unknown"
                ? condition
                : condition with
                {
                    Status = "Unknown",
                    Reason = "NodeStatusUnknown",
                    Message = "Kubelet stopped posting node status.",
                    LastTransitionTime = now,
                }));
        foreach (var type in s_heartbeatConditions)
        {
            if (!result.Exists(condition => condition.Type == type))
            {
                result.Add(new()
                {
                    Type = type,
                    Status = "Unknown",
                    Reason = "NodeStatusNeverUpdated",
                    Message = "Kubelet never posted node status.",
                    LastHeartbeatTime = node.Metadata.CreationTimestamp,
                    LastTransitionTime = now,
                });
            }
        }
        return result;
    }

    /// <summary>The node's taints with those that follow from its conditions; the same list when nothing changes.</summary>
    public static IReadOnlyList<Taint> Taints(Node node, DateTimeOffset now)
    {
        var wanted = new List<(string Key, string Effect)>();
        switch (Ready(node)?.Status)
        {
            case "True":
                break;
            case "Unknown":
                wanted.Add((Unreachable, "NoSchedule"));
                wanted.Add((Unreachable, "NoExecute"));
                break;
            default:
                wanted.Add((NotReady, "NoSchedule"));
                wanted.Add((NotReady, "NoExecute"));
                break;
        }
        foreach (var (key, type) in s_pressures)
        {
            if (node.Status.Conditions.Any(condition => condition.Type == type && condition.Status == "True"))
            {
                wanted.Add((key, "NoSchedule"));
            }
        }
        if (node.Spec.Unschedulable == true)
        {
            wanted.Add((Prefix + "unschedulable", "NoSchedule"));
        }
        var kept = node.Spec.Taints.Where(taint => !IsOurs(taint) || wanted.Contains((taint.Key, taint.Effect))).ToList();
        var missing = wanted.FindAll(want => !kept.Exists(taint => taint.Key == want.Key && taint.Effect == want.Effect));
        return missing.Count == 0 && kept.Count == node.Spec.Taints.Count
            ? node.Spec.Taints
            : [.. kept, .. missing.Select(want => new Taint { Key = want.Key, Effect = want.Effect, TimeAdded = now })];
    }

    private static bool IsOurs(Taint taint) => taint.Effect is "NoSchedule" or "NoExecute"
        && (taint.Key is NotReady or Unreachable or Prefix + "unschedulable" || Array.Exists(s_pressures, pressure => pressure.Key == taint.Key));
}
