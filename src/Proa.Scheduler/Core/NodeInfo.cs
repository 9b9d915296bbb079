using Proa.Api.Models.Core;

namespace Proa.Scheduler.Core;

/// <summary>A node and what runs on it, summed up. Immutable: a change makes another.</summary>
internal sealed class NodeInfo
{
    private NodeInfo(Node node, ResourceAmounts allocatable, long allowedPods)
    {
        Node = node;
        Allocatable = allocatable;
        AllowedPods = allowedPods;
    }

    public Node Node { get; }

    public string Name => Node.Metadata.Name ?? "";

    public IReadOnlyDictionary<string, string> Labels => Node.Metadata.Labels;

    public IReadOnlyList<Taint> Taints => Node.Spec.Taints;

    public bool Unschedulable => Node.Spec.Unschedulable == true;

    public ResourceAmounts Allocatable { get; }

    public long AllowedPods { get; }

    public ResourceAmounts Requested { get; private init; } = ResourceAmounts.None;

    public ResourceAmounts AssumedRequested { get; private init; } = ResourceAmounts.None;

    public PodInfo[] Pods { get; private init; } = [];

    public PodInfo[] PodsWithAffinity { get; private init; } = [];

    public PodInfo[] PodsWithRequiredAntiAffinity { get; private init; } = [];

    public HostPort[] UsedPorts { get; private init; } = [];

    public static NodeInfo Of(Node node, IEnumerable<PodInfo> pods)
    {
        var allowed = node.Status.Allocatable.TryGetValue("pods", out var count) ? count.Value : 0;
        var info = new NodeInfo(node, ResourceAmounts.Of(node.Status.Allocatable), allowed);
        foreach (var pod in pods)
        {
            info = info.With(pod);
        }
        return info;
    }

    public NodeInfo With(PodInfo pod) => Sum([.. Pods, pod], Requested + pod.Requests, AssumedRequested + pod.AssumedRequests);

    public NodeInfo Without(PodInfo pod)
    {
        var index = Array.IndexOf(Pods, pod);
        return index < 0
            ? this
            : Sum([.. Pods[..index], .. Pods[(index + 1)..]], Requested - pod.Requests, AssumedRequested - pod.AssumedRequests);
    }

    private NodeInfo Sum(PodInfo[] pods, ResourceAmounts requested, ResourceAmounts assumed) => new(Node, Allocatable, AllowedPods)
    {
        Pods = pods,
        Requested = requested,
        AssumedRequested = assumed,
        PodsWithAffinity = Array.FindAll(pods, static pod => pod.HasAffinity),
        PodsWithRequiredAntiAffinity = Array.FindAll(pods, static pod => pod.RequiredAntiAffinity.Length > 0),
        UsedPorts = Array.Exists(pods, static pod => pod.HostPorts.Length > 0) ? [.. pods.SelectMany(static pod => pod.HostPorts)] : [],
    };
}
