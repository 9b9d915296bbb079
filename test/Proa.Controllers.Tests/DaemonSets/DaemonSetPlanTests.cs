using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.DaemonSets;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.DaemonSets;

public sealed class DaemonSetPlanTests
{
    private static readonly DaemonSet s_set = new()
    {
        Metadata = new() { Name = "ds", Namespace = "n", Uid = "u", Generation = 1 },
        Spec = new() { Template = new() { Spec = new() { NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" } } } },
    };

    [Fact]
    public void Of_NodesThatMatch_GetOnePodEach()
    {
        var plan = Plan([Node("a"), Node("b"), Node("c", disk: "hdd"), Node("d", taint: "gpu")]);
        Assert.Equal(["a", "b"], plan.Create);
        Assert.Equal((2, 0, 0), (plan.Status.DesiredNumberScheduled, plan.Status.CurrentNumberScheduled, plan.Status.NumberReady));
    }

    [Fact]
    public void Of_PodWhereItShouldNotBe_TwoOnOneNode_AndAFailedOne_Go()
    {
        var plan = Plan([Node("a"), Node("b"), Node("c", disk: "hdd")], Pod("1", "a"), Pod("2", "a"), Pod("3", "b", phase: "Failed"), Pod("4", "c"), Pod("5", "gone"));
        Assert.Equal(["2", "3", "4", "5"], plan.Delete.Select(pod => pod.Metadata.Name).Order());
        Assert.Empty(plan.Create);
        Assert.Equal(1, plan.Status.NumberMisscheduled);
    }

    [Fact]
    public void Of_NewTemplate_ReplacesOneAtATimeAndBrokenOnesAtOnce()
    {
        Node[] nodes = [Node("a"), Node("b"), Node("c")];
        Assert.Single(Plan(nodes, Pod("1", "a", hash: "old"), Pod("2", "b", hash: "old"), Pod("3", "c", hash: "old")).Delete);
        Assert.Equal(["2"], Plan(nodes, Pod("1", "a", hash: "old"), Pod("2", "b", hash: "old", ready: false), Pod("3", "c")).Delete.Select(pod => pod.Metadata.Name));
        Assert.Empty(Plan(nodes, Pod("1", "a", hash: "old"), Pod("2", "b", ready: false), Pod("3", "c")).Delete);
    }

    [Fact]
    public void Of_AllThere_CountsAsRecorded()
    {
        var status = Plan([Node("a")], Pod("1", "a")).Status;
        Assert.Equal(new DaemonSetStatus { CurrentNumberScheduled = 1, DesiredNumberScheduled = 1, NumberAvailable = 1, NumberReady = 1, ObservedGeneration = 1, UpdatedNumberScheduled = 1 }, status);
    }

    [Fact]
    public void Make_Pod_IsPinnedToItsNodeAndToleratesItsTroubles()
    {
        var pod = DaemonPlacement.Make(s_set, "a", "h");
        Assert.Equal("a", DaemonPlacement.NodeOf(pod));
        Assert.Equal(6, pod.Spec.Tolerations.Count);
        Assert.Equal(("h", "1"), (pod.Metadata.Labels["controller-revision-hash"], pod.Metadata.Labels["pod-template-generation"]));
    }

    [Fact]
    public void On_TroubledNode_PodsStay()
    {
        Assert.Equal((true, true), DaemonPlacement.On(s_set, Node("a", taint: "node.kubernetes.io/unreachable", effect: "NoExecute")));
        Assert.Equal((false, true), DaemonPlacement.On(s_set, Node("a", taint: "gpu")));
        Assert.Equal((false, false), DaemonPlacement.On(s_set, Node("a", taint: "gpu", effect: "NoExecute")));
    }

    private static DaemonSetPlan Plan(Node[] nodes, params Pod[] pods) => DaemonSetPlan.Of(s_set, nodes, pods, "new", Make.Start);

    private static Node Node(string name, string disk = "ssd", string? taint = null, string effect = "NoSchedule") => new()
    {
        Metadata = new() { Name = name, Labels = new Dictionary<string, string> { ["disk"] = disk } },
        Spec = new() { Taints = taint is null ? [] : [new() { Key = taint, Effect = effect }] },
    };

    private static Pod Pod(string name, string node, string hash = "new", bool ready = true, string phase = "Running")
    {
        var pod = Make.Pod(name, phase, ready, node);
        return pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["controller-revision-hash"] = hash }, CreationTimestamp = Make.Start.AddSeconds(int.Parse(name)) } };
    }
}
