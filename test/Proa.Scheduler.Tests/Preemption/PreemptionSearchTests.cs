using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests.Preemption;

public sealed class PreemptionSearchTests
{
    [Fact]
    public void Run_FewestAndLeastImportantPodsLeave()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "10"));
        Place(cluster, "n", Pod("one", 1, "2"), Pod("two", 2, "3"), Pod("three", 3, "4"));
        var decision = cluster.Decide(Pod("p", 4, "5"));
        Assert.Null(decision.Node);
        // One more cpu is free: 4 are needed, which only "one" and "two" together give without "three".
        Assert.Equal(("n", "two one", 0), (decision.Preemption!.Node, Names(decision), decision.Preemption.Violations));
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", decision.Message);
        Assert.Equal(3, cluster.Snapshot.Node("n")!.Pods.Length);
    }

    [Fact]
    public void Run_PodsOfItsOwnPriorityStay()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "1"));
        Place(cluster, "n", Pod("equal", 4, "1"));
        Assert.Null(cluster.Decide(Pod("p", 4, "1")).Preemption);
    }

    [Fact]
    public void Run_SeveralNodes_TheLeastHarmIsDone()
    {
        var cluster = Build.Cluster(Build.Node("a", cpu: "1"), Build.Node("b", cpu: "1"), Build.Node("c", cpu: "1"));
        Place(cluster, "a", Pod("a1", 3, "1"));
        Place(cluster, "b", Pod("b1", 2, "500m"), Pod("b2", 1, "500m"));
        Place(cluster, "c", Pod("c1", 2, "1"));
        Assert.Equal("c", cluster.Decide(Pod("p", 4, "1")).Preemption!.Node);
        // A budget counts for more than all that.
        cluster.Snapshot.SetBudget("default", "b", Budget("c1", 0));
        Assert.Equal("b", cluster.Decide(Pod("p", 4, "1")).Preemption!.Node);
        cluster.Snapshot.SetBudget("default", "b", null);
        Assert.Equal("c", cluster.Decide(Pod("p", 4, "1")).Preemption!.Node);
    }

    [Fact]
    public void Run_BudgetForbids_ThatPodIsSparedBeforeMoreImportantOnes()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "2"));
        Place(cluster, "n", Pod("kept", 1, "1"), Pod("free", 2, "1"));
        cluster.Snapshot.SetBudget("default", "b", Budget("kept", 0));
        Assert.Equal("free", Names(cluster.Decide(Pod("p", 4, "1"))));
        cluster.Snapshot.SetBudget("default", "b", Budget("kept", 1));
        Assert.Equal("kept", Names(cluster.Decide(Pod("p", 4, "1"))));
        cluster.Snapshot.SetBudget("default", "b", Budget("kept", 0));
        var all = cluster.Decide(Pod("p", 4, "2"));
        Assert.Equal(("free kept", 1), (Names(all), all.Preemption!.Violations));
    }

    [Fact]
    public void Run_PortAndAffinity_LeaveToo()
    {
        var cluster = Build.Cluster(Build.Node("n"));
        static PodSpec WithPort(PodSpec spec) => spec with { Containers = [spec.Containers[0] with { Ports = [new() { ContainerPortValue = 80, HostPort = 80, Protocol = "TCP" }] }] };
        Place(cluster, "n", Pod("port", 1).With(WithPort), Pod("other", 1));
        Assert.Equal("port", Names(cluster.Decide(Pod("p", 4).With(WithPort))));
        var shy = Pod("shy", 4).WithAffinity(new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Build.Term("other")] } });
        Assert.Equal("other", Names(cluster.Decide(shy)));
    }

    [Fact]
    public void Run_OthersAreOnTheirWayOut_NoMoreGo()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "2"));
        Place(cluster, "n", Pod("leaving", 1, "1"), Pod("other", 2, "1"));
        cluster.Snapshot.Promises.Set(PodInfo.Of(Pod("p", 4, "1")), "n");
        cluster.Snapshot.SetEvicted("uid-leaving", true);
        var decision = cluster.Decide(Pod("p", 4, "1"));
        Assert.Null(decision.Preemption);
        Assert.True(decision.KeepsPromise);
        Assert.EndsWith("preemption: not eligible due to a terminating pod on the nominated node.", decision.Message);
    }

    [Fact]
    public void Schedule_PlaceIsPromised_LowerPriorityDoesNotGetIt_HigherDoes()
    {
        var cluster = Build.Cluster(Build.Node("n", cpu: "1"));
        cluster.Snapshot.Promises.Set(PodInfo.Of(Pod("waiting", 2, "1")), "n");
        Assert.Null(cluster.Decide(Pod("low", 1, "1")).Node);
        Assert.Null(cluster.Decide(Pod("equal", 2, "1")).Node);
        Assert.Equal("n", cluster.Decide(Pod("high", 3, "1")).Node);
        Assert.Equal("n", cluster.Decide(Pod("waiting", 2, "1")).Node);
        Assert.Empty(cluster.Snapshot.Node("n")!.Pods);
    }

    private static string Names(Decision decision) => string.Join(' ', decision.Preemption!.Victims.Select(victim => victim.Name));

    private static void Place(ClusterCache cluster, string node, params Pod[] pods)
    {
        foreach (var pod in pods)
        {
            cluster.Place(PodInfo.Of(pod), node);
        }
    }

    private static Pod Pod(string name, int priority, string? cpu = null) => Build.Pod(name, cpu, app: name).With(spec => spec with { Priority = priority });

    private static PodDisruptionBudget Budget(string app, int allowed) => new()
    {
        Metadata = new() { Name = "b", Namespace = "default" },
        Spec = new() { Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = app } } },
        Status = new() { DisruptionsAllowed = allowed },
    };
}
