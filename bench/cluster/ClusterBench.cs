using System.Diagnostics;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;

namespace Proa.Bench.Cluster;

/// <summary>Runs the rounds and prints the table.</summary>
internal static class ClusterBench
{
    public static async Task<int> RunAsync(string proa, string image, int rounds)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        var ct = bound.Token;
        List<double> api = [], node = [], first = [], single = [], burst = [];
        double memory = 0, containerd = 0, idle = 0;
        for (var round = 0; round < rounds; round++)
        {
            await using var cluster = new BenchCluster(proa);
            var (apiReady, nodeReady) = await cluster.StartAsync(ct);
            api.Add(apiReady);
            node.Add(nodeReady);
            await cluster.ImportAsync(image, ct);
            // The import is the user's step, not the cluster's: the first pod counts from process start without it.
            first.Add(nodeReady + await PodsReadyAsync(cluster.Client, "first", 1, ct));
            if (round < rounds - 1)
            {
                continue;
            }
            // Let the start's last work (events, leases, background compilation) end before idle is measured.
            await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, ct);
            var before = ProcessTree.Cpu(cluster.Pid);
            await Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, ct);
            idle = (ProcessTree.Cpu(cluster.Pid) - before) / 30 * 100;
            memory = ProcessTree.Resident(cluster.Pid) / 1e6;
            var daemon = ProcessTree.Find("containerd", cluster.DataDir);
            containerd = daemon == 0 ? 0 : ProcessTree.Resident(daemon) / 1e6;
            for (var i = 0; i < 20; i++)
            {
                single.Add(await PodsReadyAsync(cluster.Client, $"single-{i}", 1, ct) * 1000);
            }
            burst.Add(await PodsReadyAsync(cluster.Client, "burst", 40, ct));
        }
        Row("", "Proa", "bar", "Kubernetes 1.36 *");
        Row("process start to API ready, s (best of rounds)", $"{api.Min():0.00}", "0.8", "3.7");
        Row("process start to node Ready, s", $"{node.Min():0.00}", "1.2", "4.5");
        Row("process start to first pod Ready, s (import aside)", $"{first.Min():0.00}", "2.0", "5.1");
        Row("resident memory, idle, MB", $"{memory:0}", "150", "705");
        Row("containerd beside it, MB", $"{containerd:0}", "", "");
        Row("idle CPU, % of a core", $"{idle:0.0}", "1", "");
        Row("pod created to Ready, p50, ms", $"{Percentile(single, 50):0}", "250", "523");
        Row("pod created to Ready, p90, ms", $"{Percentile(single, 90):0}", "", "");
        Row("40 pods at once, all Ready, s", $"{burst.Min():0.00}", "4.0", "6.2");
        Console.WriteLine("* measured on another machine of 2 cores; run its binaries here to compare in one run");
        return 0;
    }

    private static void Row(string what, string proa, string bar, string peer) => Console.WriteLine($"{what,-52} {proa,8} {bar,6} {peer,18}");

    private static double Percentile(List<double> values, int percent) =>
        values.Order().ElementAt(Math.Min(values.Count - 1, values.Count * percent / 100));

    /// <summary>Seconds from the first create until all are Ready.</summary>
    private static async Task<double> PodsReadyAsync(IClusterClient client, string prefix, int count, CancellationToken ct)
    {
        // The watch stands before the pods are made: a list first, then changes after it.
        var from = (await client.ListAsync<Pod>("default", ListOptions.All, ct)).Value.ResourceVersion;
        var watch = Stopwatch.StartNew();
        var waiting = Enumerable.Range(0, count).Select(i => $"{prefix}-{i}").ToHashSet();
        var creates = waiting.Select(name => client.CreateAsync(PodNamed(name), ct)).ToList();
        await foreach (var (_, pod) in client.WatchAsync<Pod>("default", new WatchOptions(from), ct))
        {
            if (pod.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" }))
            {
                waiting.Remove(pod.Metadata.Name!);
            }
            if (waiting.Count == 0)
            {
                break;
            }
        }
        var elapsed = watch.Elapsed.TotalSeconds;
        foreach (var create in creates)
        {
            var name = (await create).Value.Metadata.Name!;
            await client.DeleteAsync<Pod>("default", name, new DeleteRequest(GraceSeconds: 0), ct);
        }
        return elapsed;
    }

    private static Pod PodNamed(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new PodSpec
        {
            TerminationGracePeriodSeconds = 0,
            Containers = [new Container { Name = "c", Image = "busybox:1.35", ImagePullPolicy = "Never", Command = ["sleep", "1000"] }],
        },
    };
}
