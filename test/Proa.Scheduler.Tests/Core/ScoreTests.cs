using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests.Core;

public sealed class ScoreTests
{
    [Fact]
    public void Schedule_EmptierNode_IsPreferred()
    {
        var cluster = Build.Cluster(Build.Node("a"), Build.Node("b"));
        cluster.Place(PodInfo.Of(Build.Pod("old", "2", "4Gi")), "a");
        AssertAlways(cluster, Build.Pod("p", "100m", "200Mi"), "b");
    }

    [Fact]
    public void Schedule_PodsThatAskForNothing_SpreadToo()
    {
        var cluster = Build.Cluster(Build.Node("a"), Build.Node("b"));
        var counts = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };
        for (var i = 0; i < 20; i++)
        {
            var node = cluster.Decide(Build.Pod($"p{i}"), i).Node!;
            cluster.Place(PodInfo.Of(Build.Pod($"p{i}")), node);
            counts[node]++;
        }
        Assert.InRange(counts["a"] - counts["b"], -2, 2);
    }

    [Fact]
    public void Schedule_PodsOfOneOwner_SpreadOverNodes()
    {
        var cluster = Build.Cluster(Build.Node("a", cpu: "64"), Build.Node("b", cpu: "4"));
        var pod = Build.Pod("1", "100m") with { Metadata = new() { Name = "1", Namespace = "default", Uid = "1", OwnerReferences = [new() { Uid = "rs", Controller = true }] } };
        cluster.Place(PodInfo.Of(pod), "a");
        AssertAlways(cluster, pod with { Metadata = pod.Metadata with { Uid = "2" } }, "b");
    }

    [Fact]
    public void Schedule_PreferNoSchedule_IsAvoidedNotRefused()
    {
        var tainted = Build.Node("a") with { Spec = new() { Taints = [new() { Key = "k", Effect = "PreferNoSchedule" }] } };
        AssertAlways(Build.Cluster(tainted, Build.Node("b")), Build.Pod("p"), "b");
        AssertAlways(Build.Cluster(tainted), Build.Pod("p"), "a");
    }

    [Fact]
    public void Schedule_PreferredNodeAffinity_Decides()
    {
        var pod = Build.Pod("p").WithAffinity(new()
        {
            NodeAffinity = new()
            {
                PreferredDuringSchedulingIgnoredDuringExecution =
                [
                    new() { Weight = 10, Preference = new() { MatchExpressions = [new() { Key = "disk", Operator = "Exists" }] } },
                    new() { Weight = 30, Preference = new() { MatchExpressions = [new() { Key = "gpu", Operator = "Exists" }] } },
                ],
            },
        });
        AssertAlways(Build.Cluster(Build.Node("a", labels: ("disk", "")), Build.Node("b", labels: ("gpu", "")), Build.Node("c")), pod, "b");
    }

    [Theory]
    [InlineData(true, "a")]
    [InlineData(false, "b")]
    public void Schedule_PreferredPodAffinity_Decides(bool near, string expected)
    {
        var cluster = Build.Cluster(Build.Node("a"), Build.Node("b"));
        cluster.Place(PodInfo.Of(Build.Pod("web", app: "web")), "a");
        var pod = Build.Pod("p").WithAffinity(near
            ? new() { PodAffinity = new() { PreferredDuringSchedulingIgnoredDuringExecution = [new() { Weight = 50, PodAffinityTerm = Build.Term("web") }] } }
            : new() { PodAntiAffinity = new() { PreferredDuringSchedulingIgnoredDuringExecution = [new() { Weight = 50, PodAffinityTerm = Build.Term("web") }] } });
        AssertAlways(cluster, pod, expected);
    }

    [Fact]
    public void Schedule_EqualNodes_ChanceChoosesEach()
    {
        var cluster = Build.Cluster(Build.Node("a"), Build.Node("b"), Build.Node("c"));
        var chosen = Enumerable.Range(0, 60).Select(seed => cluster.Decide(Build.Pod("p"), seed).Node).ToHashSet();
        Assert.Equal(3, chosen.Count);
    }

    private static void AssertAlways(ClusterCache cluster, Proa.Api.Models.Core.Pod pod, string node) =>
        Assert.All(Enumerable.Range(0, 10), seed => Assert.Equal(node, cluster.Decide(pod, seed).Node));
}
