using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests.Core;

/// <summary>What users read when there is no node: the texts are those recorded from a Kubernetes 1.36 cluster, or follow its rule.</summary>
public sealed class UnschedulableMessageTests
{
    private const string NotHelpful = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    private const string NoVictims = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";

    [Fact]
    public void Schedule_NoNodes_SaysSo() =>
        Assert.Equal("no nodes available to schedule pods", Build.Cluster().Decide(Build.Pod("p")).Message);

    [Fact]
    public void Schedule_MoreThanTheNodeHas_PreemptionIsNotHelpful() =>
        Assert.Equal(
            $"0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. {NotHelpful}",
            Build.Cluster(Build.Node("n")).Decide(Build.Pod("p", "1000", "10Ti")).Message);

    [Fact]
    public void Schedule_SelectorMatchesNothing_PreemptionIsNotHelpful()
    {
        var pod = Build.Pod("p").With(spec => spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" } });
        Assert.Equal(
            $"0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {NotHelpful}",
            Build.Cluster(Build.Node("n")).Decide(pod).Message);
    }

    [Fact]
    public void Schedule_NodeFullOfEqualPods_FindsNoVictims()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "1"));
        cluster.Place(PodInfo.Of(Build.Pod("old", "800m")), "n");
        Assert.Equal($"0/1 nodes are available: 1 Insufficient cpu. {NoVictims}", cluster.Decide(Build.Pod("p", "500m")).Message);
    }

    [Fact]
    public void Schedule_PodThatNeverPreempts_IsNotEligible()
    {
        var pod = Build.Pod("p", "1000").With(spec => spec with { PreemptionPolicy = "Never" });
        Assert.Equal(
            "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
            Build.Cluster(Build.Node("n")).Decide(pod).Message);
    }

    [Fact]
    public void Schedule_SeveralReasons_AreCountedAndOrdered()
    {
        var cordoned = Build.Node("c") with { Spec = new() { Unschedulable = true } };
        var tainted = Build.Node("t") with { Spec = new() { Taints = [new() { Key = "gpu", Value = "yes", Effect = "NoSchedule" }] } };
        var full = Build.Node("f", pods: "0");
        var small = Build.Node("s", cpu: "100m");
        var message = Build.Cluster(cordoned, tainted, full, small, Build.Node("s2", cpu: "100m")).Decide(Build.Pod("p", "1")).Message;
        Assert.Equal(
            "0/5 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient cpu. "
            + "no new claims to deallocate, preemption: 0/5 nodes are available: 1 No preemption victims found for incoming pod, "
            + "4 Preemption is not helpful for scheduling.",
            message);
    }

    [Fact]
    public void Schedule_UnboundClaim_RefusesBeforeAnyNode()
    {
        var cluster = Build.Cluster(Build.Node("n"));
        var pod = Build.Pod("p").With(spec => spec with { Volumes = [new() { Name = "v", PersistentVolumeClaim = new() { ClaimName = "data" } }] });
        Assert.Equal("0/1 nodes are available: persistentvolumeclaim \"data\" not found. not found", cluster.Decide(pod).Message);
        cluster.Snapshot.SetClaim("default", "data", new PersistentVolumeClaim { Metadata = new() { Name = "data", Namespace = "default" } });
        Assert.Equal("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found", cluster.Decide(pod).Message);
    }

    [Fact]
    public void Schedule_OnlyNamedNodeGone_SaysWhichRuleNarrowed()
    {
        var pod = Build.Pod("p").WithAffinity(new()
        {
            NodeAffinity = new()
            {
                RequiredDuringSchedulingIgnoredDuringExecution = new()
                {
                    NodeSelectorTerms = [new() { MatchFields = [new() { Key = "metadata.name", Operator = "In", Values = ["gone"] }] }],
                },
            },
        });
        Assert.Equal(
            $"0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. {NotHelpful}",
            Build.Cluster(Build.Node("n")).Decide(pod).Message);
    }
}
