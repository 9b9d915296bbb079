using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests;

/// <summary>Short ways to say what a test's nodes and pods are like.</summary>
internal static class Build
{
    public static Node Node(string name, string cpu = "4", string memory = "8Gi", string pods = "110", params (string Key, string Value)[] labels) => new()
    {
        Metadata = new()
        {
            Name = name,
            Labels = new Dictionary<string, string>(labels.Select(label => KeyValuePair.Create(label.Key, label.Value))) { ["kubernetes.io/hostname"] = name },
        },
        Status = new() { Allocatable = Amounts(("cpu", cpu), ("memory", memory), ("pods", pods), ("ephemeral-storage", "10Gi")) },
    };

    public static Pod Pod(string name, string? cpu = null, string? memory = null, string? app = null) => new()
    {
        Metadata = new()
        {
            Name = name,
            Namespace = "default",
            Uid = $"uid-{name}",
            Labels = app is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["app"] = app },
        },
        Spec = new()
        {
            Containers = [new() { Name = "c", Image = "i", Resources = new() { Requests = Amounts([.. Given(("cpu", cpu), ("memory", memory))]) } }],
        },
    };

    public static Pod With(this Pod pod, Func<PodSpec, PodSpec> change) => pod with { Spec = change(pod.Spec) };

    public static Pod WithAffinity(this Pod pod, Affinity affinity) => pod.With(spec => spec with { Affinity = affinity });

    public static PodAffinityTerm Term(string app, string topologyKey = "kubernetes.io/hostname") => new()
    {
        LabelSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = app } },
        TopologyKey = topologyKey,
    };

    public static IReadOnlyDictionary<string, Quantity> Amounts(params (string Name, string Amount)[] amounts) =>
        amounts.ToDictionary(amount => amount.Name, amount => Quantity.Parse(amount.Amount));

    public static ClusterCache Cluster(params Node[] nodes)
    {
        var cache = new ClusterCache();
        foreach (var node in nodes)
        {
            cache.SetNode(node);
        }
        return cache;
    }

    public static Decision Decide(this ClusterCache cache, Pod pod, int seed = 1) =>
        new SchedulingCore(new Random(seed)).Schedule(PodInfo.Of(pod), cache.Snapshot);

    private static IEnumerable<(string Name, string Amount)> Given(params (string Name, string? Amount)[] amounts) =>
        amounts.Where(amount => amount.Amount is not null).Select(amount => (amount.Name, amount.Amount!));
}
