using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Tests.Core;

/// <summary>Random clusters and pods beside a judge that knows only the plain rules.</summary>
public sealed class SchedulingProperties
{
    [Theory]
    [InlineData(1, 1, 200)]
    [InlineData(2, 5, 400)]
    [InlineData(3, 30, 300)]
    [InlineData(4, 130, 400)]
    public void Schedule_RandomPods_NeverOverCommitsAndFindsANodeWheneverThereIsOne(int seed, int nodeCount, int podCount)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(0, nodeCount).Select(i => RandomNode(random, i)).ToList();
        var cluster = Build.Cluster([.. nodes]);
        var core = new SchedulingCore(new Random(seed));
        var placed = new List<(Pod Pod, string Node)>();
        for (var i = 0; i < podCount; i++)
        {
            if (placed.Count > 0 && random.Next(6) == 0)
            {
                var gone = random.Next(placed.Count);
                cluster.Remove(placed[gone].Pod.Metadata.Uid!);
                placed.RemoveAt(gone);
            }
            var pod = RandomPod(random, i);
            var decision = core.Schedule(PodInfo.Of(pod), cluster.Snapshot);
            var good = nodes.Where(node => Judge(pod, node, placed, nodes)).Select(node => node.Metadata.Name).ToList();
            if (decision.Node is null)
            {
                Assert.True(good.Count == 0, $"pod {i}: {string.Join(", ", good)} would do, but: {decision.Message}");
                continue;
            }
            Assert.Contains(decision.Node, good);
            cluster.Place(PodInfo.Of(pod), decision.Node);
            placed.Add((pod, decision.Node));
        }
        Assert.NotEmpty(placed);
    }

    [Fact]
    public void Schedule_SameSeedSameCluster_SameDecisions()
    {
        Assert.Equal(Run(), Run());

        static List<string?> Run()
        {
            var random = new Random(7);
            var cluster = Build.Cluster([.. Enumerable.Range(0, 150).Select(i => RandomNode(random, i))]);
            var core = new SchedulingCore(new Random(7));
            var decisions = new List<string?>();
            for (var i = 0; i < 500; i++)
            {
                var pod = PodInfo.Of(RandomPod(random, i));
                var decision = core.Schedule(pod, cluster.Snapshot);
                decisions.Add(decision.Node ?? decision.Message);
                if (decision.Node is not null)
                {
                    cluster.Place(pod, decision.Node);
                }
            }
            return decisions;
        }
    }

    [Fact]
    public void Place_ThenRemoveEverything_LeavesNothingRequested()
    {
        var random = new Random(9);
        var cluster = Build.Cluster(Build.Node("n", cpu: "1000", memory: "10Ti", pods: "1000"));
        var pods = Enumerable.Range(0, 200).Select(i => RandomPod(random, i)).ToList();
        pods.ForEach(pod => cluster.Place(PodInfo.Of(pod), "n"));
        Assert.Equal(200, cluster.Snapshot.Node("n")!.Pods.Length);
        pods.ForEach(pod => Assert.True(cluster.Remove(pod.Metadata.Uid!)));
        var node = cluster.Snapshot.Node("n")!;
        Assert.True(node.Requested.IsNone && node.AssumedRequested.IsNone && node.UsedPorts.Length == 0);
        Assert.Equal((0, 0), (cluster.Snapshot.PodsWithAffinity, cluster.Snapshot.PodsWithRequiredAntiAffinity));
    }

    private static Node RandomNode(Random random, int i)
    {
        var node = Build.Node($"n{i}", $"{random.Next(1, 9)}", $"{random.Next(1, 17)}Gi", $"{random.Next(1, 12)}", ("zone", $"z{random.Next(3)}"));
        return random.Next(8) switch
        {
            0 => node with { Spec = new() { Unschedulable = true } },
            1 => node with { Spec = new() { Taints = [new() { Key = "k", Value = "v", Effect = "NoSchedule" }] } },
            _ => node,
        };
    }

    private static Pod RandomPod(Random random, int i)
    {
        var app = $"a{random.Next(4)}";
        var pod = Build.Pod($"p{i}", random.Next(3) == 0 ? null : $"{random.Next(50, 2000)}m", random.Next(3) == 0 ? null : $"{random.Next(1, 3000)}Mi", app);
        if (random.Next(5) == 0)
        {
            pod = pod.With(spec => spec with { NodeSelector = new Dictionary<string, string> { ["zone"] = $"z{random.Next(4)}" } });
        }
        if (random.Next(6) == 0)
        {
            pod = pod.With(spec => spec with { Tolerations = [new() { Key = "k", Operator = "Exists" }] });
        }
        if (random.Next(8) == 0)
        {
            var port = 8000 + random.Next(3);
            pod = pod.With(spec => spec with { Containers = [spec.Containers[0] with { Ports = [new() { ContainerPortValue = 80, HostPort = port }] }] });
        }
        if (random.Next(8) == 0)
        {
            pod = pod.WithAffinity(new() { PodAntiAffinity = new() { RequiredDuringSchedulingIgnoredDuringExecution = [Build.Term($"a{random.Next(4)}", random.Next(2) == 0 ? "zone" : "kubernetes.io/hostname")] } });
        }
        return pod;
    }

    private static bool Judge(Pod pod, Node node, List<(Pod Pod, string Node)> placed, List<Node> nodes)
    {
        var here = placed.Where(other => other.Node == node.Metadata.Name).Select(other => other.Pod).Append(pod).ToList();
        bool Fits(string resource, Func<Pod, long> amount) =>
            amount(pod) == 0 || here.Sum(amount) <= (resource == "cpu" ? node.Status.Allocatable[resource].MilliValue : node.Status.Allocatable[resource].Value);
        var tolerates = pod.Spec.Tolerations.Count > 0;
        var ports = here.SelectMany(other => other.Spec.Containers[0].Ports).Select(port => port.HostPort).ToList();
        return (node.Spec.Unschedulable != true)
            && (node.Spec.Taints.Count == 0 || tolerates)
            && pod.Spec.NodeSelector.All(label => node.Metadata.Labels.GetValueOrDefault(label.Key) == label.Value)
            && here.Count <= node.Status.Allocatable["pods"].Value
            && Fits("cpu", other => other.Spec.Containers[0].Resources.Requests.TryGetValue("cpu", out var cpu) ? cpu.MilliValue : 0)
            && Fits("memory", other => other.Spec.Containers[0].Resources.Requests.TryGetValue("memory", out var memory) ? memory.Value : 0)
            && (pod.Spec.Containers[0].Ports.Count == 0 || ports.Distinct().Count() == ports.Count)
            && placed.All(other => !Shuns(pod, other.Pod, node, other.Node, nodes) && !Shuns(other.Pod, pod, node, other.Node, nodes));
    }

    private static bool Shuns(Pod who, Pod whom, Node node, string otherNode, List<Node> nodes) =>
        (who.Spec.Affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? []).Any(term =>
            term.LabelSelector!.MatchLabels["app"] == whom.Metadata.Labels["app"]
            && node.Metadata.Labels[term.TopologyKey] == nodes.First(other => other.Metadata.Name == otherNode).Metadata.Labels[term.TopologyKey]);
}
