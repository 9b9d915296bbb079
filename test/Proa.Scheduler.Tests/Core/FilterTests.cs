using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests.Core;

public sealed class FilterTests
{
    [Fact]
    public void NodeUnschedulable_Tolerated_IsTaken()
    {
        var cluster = Build.Cluster(Build.Node("n") with { Spec = new() { Unschedulable = true } });
        Assert.Null(cluster.Decide(Build.Pod("p")).Node);
        var tolerant = Build.Pod("p").With(spec => spec with { Tolerations = [new() { Key = "node.kubernetes.io/unschedulable", Operator = "Exists" }] });
        Assert.Equal("n", cluster.Decide(tolerant).Node);
    }

    [Theory]
    [InlineData("k", "Equal", "v", "NoSchedule", true)]
    [InlineData("k", null, "v", null, true)]
    [InlineData("k", "Equal", "w", "NoSchedule", false)]
    [InlineData("k", "Exists", null, "NoExecute", false)]
    [InlineData("k", "Exists", null, null, true)]
    [InlineData(null, "Exists", null, null, true)]
    [InlineData("other", "Exists", null, null, false)]
    public void TaintToleration_ByOperatorAndEffect(string? key, string? op, string? value, string? effect, bool fits)
    {
        var cluster = Build.Cluster(Build.Node("n") with { Spec = new() { Taints = [new() { Key = "k", Value = "v", Effect = "NoSchedule" }] } });
        var pod = Build.Pod("p").With(spec => spec with { Tolerations = [new() { Key = key, Operator = op, Value = value, Effect = effect }] });
        Assert.Equal(fits, cluster.Decide(pod).Node is not null);
    }

    [Theory]
    [InlineData("In", "a", true)]
    [InlineData("In", "b", false)]
    [InlineData("NotIn", "a", false)]
    [InlineData("NotIn", "b", true)]
    [InlineData("Gt", "5", false)]
    public void NodeAffinity_ByOperator(string op, string value, bool fits)
    {
        var pod = Build.Pod("p").WithAffinity(Required(new NodeSelectorTerm { MatchExpressions = [new() { Key = "zone", Operator = op, Values = [value] }] }));
        Assert.Equal(fits, Build.Cluster(Build.Node("n", labels: ("zone", "a"))).Decide(pod).Node is not null);
    }

    [Fact]
    public void NodeAffinity_TermsAreAlternatives_EmptyOnesMatchNothing()
    {
        var cluster = Build.Cluster(Build.Node("n", labels: ("size", "8")));
        NodeSelectorTerm large = new() { MatchExpressions = [new() { Key = "size", Operator = "Gt", Values = ["5"] }] };
        Assert.Equal("n", cluster.Decide(Build.Pod("p").WithAffinity(Required(new NodeSelectorTerm(), large))).Node);
        Assert.Null(cluster.Decide(Build.Pod("p").WithAffinity(Required(new NodeSelectorTerm()))).Node);
    }

    [Fact]
    public void NodePorts_SamePortOfAnotherAddressOrProtocol_IsFree()
    {
        var cluster = Build.Cluster(Build.Node("n"));
        cluster.Place(PodInfo.Of(WithPort("old", "10.0.0.1", "TCP")), "n");
        Assert.Null(cluster.Decide(WithPort("p", "10.0.0.1", "TCP")).Node);
        Assert.Null(cluster.Decide(WithPort("p", null, "TCP")).Node);
        Assert.Equal("n", cluster.Decide(WithPort("p", "10.0.0.2", "TCP")).Node);
        Assert.Equal("n", cluster.Decide(WithPort("p", null, "UDP")).Node);
    }

    [Fact]
    public void NodeResourcesFit_InitContainersAndSidecars_CountAsTheyRun()
    {
        // A sidecar of 300m runs beside the init of 600m (900m), then beside the container of 400m (700m).
        var pod = Build.Pod("p", "400m").With(spec => spec with
        {
            InitContainers =
            [
                new() { Name = "side", RestartPolicy = "Always", Resources = new() { Requests = Build.Amounts(("cpu", "300m")) } },
                new() { Name = "init", Resources = new() { Requests = Build.Amounts(("cpu", "600m")) } },
            ],
        });
        Assert.Equal("n", Build.Cluster(Build.Node("n", cpu: "900m")).Decide(pod).Node);
        Assert.Null(Build.Cluster(Build.Node("n", cpu: "899m")).Decide(pod).Node);
    }

    [Fact]
    public void NodeResourcesFit_ExtendedResource_MustBeThere()
    {
        var pod = Build.Pod("p").With(spec => spec with
        {
            Containers = [new() { Name = "c", Resources = new() { Requests = Build.Amounts(("example.com/gpu", "2")) } }],
        });
        var node = Build.Node("n");
        Assert.Null(Build.Cluster(node).Decide(pod).Node);
        var with = node with { Status = new() { Allocatable = Build.Amounts(("pods", "10"), ("example.com/gpu", "3")) } };
        var cluster = Build.Cluster(with);
        Assert.Equal("n", cluster.Decide(pod).Node);
        cluster.Place(PodInfo.Of(pod), "n");
        Assert.Contains("1 Insufficient example.com/gpu.", cluster.Decide(pod with { Metadata = pod.Metadata with { Uid = "2" } }).Message);
    }

    [Fact]
    public void InterPodAffinity_AntiAffinityEitherWay_KeepsApart()
    {
        var lonely = Build.Pod("lonely", app: "db").WithAffinity(new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Build.Term("web")] } });
        var web = Build.Pod("web", app: "web");
        var cluster = Build.Cluster(Build.Node("n"));
        cluster.Place(PodInfo.Of(lonely), "n");
        Assert.Contains("1 node(s) didn't satisfy existing pods anti-affinity rules.", cluster.Decide(web).Message);
        cluster = Build.Cluster(Build.Node("n"));
        cluster.Place(PodInfo.Of(web), "n");
        Assert.Contains("1 node(s) didn't match pod anti-affinity rules.", cluster.Decide(lonely).Message);
    }

    [Fact]
    public void InterPodAffinity_FirstOfItsKind_IsPlacedThenFollowed()
    {
        var cluster = Build.Cluster(Build.Node("a", labels: ("zone", "1")), Build.Node("b", labels: ("zone", "2")));
        Pod Member(string name) => Build.Pod(name, app: "x").WithAffinity(new() { PodAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Build.Term("x", "zone")] } });
        var first = cluster.Decide(Member("1")).Node!;
        cluster.Place(PodInfo.Of(Member("1")), first);
        for (var seed = 0; seed < 10; seed++)
        {
            Assert.Equal(first, cluster.Decide(Member("2"), seed).Node);
        }
        var stranger = Build.Pod("s").WithAffinity(new() { PodAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Build.Term("nobody", "zone")] } });
        Assert.Contains("2 node(s) didn't match pod affinity rules.", cluster.Decide(stranger).Message);
    }

    [Fact]
    public void InterPodAffinity_NamespaceSelector_LooksAtLabels()
    {
        var cluster = Build.Cluster(Build.Node("n"));
        var other = Build.Pod("web", app: "web");
        cluster.Place(PodInfo.Of(other with { Metadata = other.Metadata with { Namespace = "shop" } }), "n");
        var term = Build.Term("web") with { NamespaceSelector = new() { MatchLabels = new Dictionary<string, string> { ["team"] = "a" } } };
        var pod = Build.Pod("p").WithAffinity(new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [term] } });
        Assert.Equal("n", cluster.Decide(pod).Node);
        cluster.Snapshot.SetNamespace("shop", new Dictionary<string, string> { ["team"] = "a" });
        Assert.Null(cluster.Decide(pod).Node);
    }

    [Fact]
    public void PodTopologySpread_Hard_KeepsTheSkew()
    {
        var cluster = Build.Cluster(Build.Node("a1", labels: ("zone", "a")), Build.Node("a2", labels: ("zone", "a")), Build.Node("b1", labels: ("zone", "b")));
        Pod Member(int i) => Build.Pod($"p{i}", app: "x").With(spec => spec with
        {
            TopologySpreadConstraints =
            [
                new()
                {
                    MaxSkew = 1, TopologyKey = "zone", WhenUnsatisfiable = "DoNotSchedule",
                    LabelSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "x" } },
                },
            ],
        });
        var counts = new Dictionary<char, int> { ['a'] = 0, ['b'] = 0 };
        for (var i = 0; i < 20; i++)
        {
            var node = cluster.Decide(Member(i), i).Node!;
            cluster.Place(PodInfo.Of(Member(i)), node);
            counts[node[0]]++;
            Assert.InRange(counts['a'] - counts['b'], -1, 1);
        }
        cluster.SetNode(Build.Node("b1", labels: ("zone", "b")) with { Spec = new() { Unschedulable = true } });
        cluster.Place(PodInfo.Of(Member(90)), "a1");
        Assert.Contains("2 node(s) didn't match pod topology spread constraints.", cluster.Decide(Member(91)).Message.Replace("1 node(s) were unschedulable, ", "", StringComparison.Ordinal).Replace(", 1 node(s) were unschedulable", "", StringComparison.Ordinal));
    }

    [Fact]
    public void VolumeBinding_VolumeOfAnotherNode_IsNotReachable()
    {
        var cluster = Build.Cluster(Build.Node("a"), Build.Node("b"));
        cluster.Snapshot.SetClaim("default", "data", new() { Metadata = new() { Name = "data" }, Spec = new() { VolumeName = "v" }, Status = new() { Phase = "Bound" } });
        var pod = Build.Pod("p").With(spec => spec with { Volumes = [new() { Name = "v", PersistentVolumeClaim = new() { ClaimName = "data" } }] });
        Assert.Contains("2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", cluster.Decide(pod).Message);
        cluster.Snapshot.SetVolume("v", new()
        {
            Spec = new() { NodeAffinity = new() { Required = new() { NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = "kubernetes.io/hostname", Operator = "In", Values = ["b"] }] }] } } },
        });
        Assert.Equal("b", cluster.Decide(pod).Node);
    }

    private static Affinity Required(params NodeSelectorTerm[] terms) =>
        new() { NodeAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = new() { NodeSelectorTerms = terms } } };

    private static Pod WithPort(string name, string? ip, string protocol) => Build.Pod(name).With(spec => spec with
    {
        Containers = [new() { Name = "c", Ports = [new() { ContainerPortValue = 80, HostPort = 8080, HostIP = ip, Protocol = protocol }] }],
    });
}
