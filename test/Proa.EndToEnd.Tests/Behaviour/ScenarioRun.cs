using System.Text.Json.Nodes;
using System.Threading.Channels;
using Proa.Client;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>One scenario on a running cluster: applies it, makes its change, and compares after each change of its namespace.</summary>
internal sealed class ScenarioRun(string name, string ns, Kubectl kubectl, IClusterClient client, Placeholders placeholders, string image, ChannelReader<bool> changes)
{
    private static readonly Dictionary<string, ResourcePath> s_kinds = new()
    {
        ["Pod"] = new("", "v1", "pods"),
        ["Service"] = new("", "v1", "services"),
        ["Endpoints"] = new("", "v1", "endpoints"),
        ["PersistentVolumeClaim"] = new("", "v1", "persistentvolumeclaims"),
        ["Deployment"] = new("apps", "v1", "deployments"),
        ["ReplicaSet"] = new("apps", "v1", "replicasets"),
        ["DaemonSet"] = new("apps", "v1", "daemonsets"),
        ["StatefulSet"] = new("apps", "v1", "statefulsets"),
        ["ControllerRevision"] = new("apps", "v1", "controllerrevisions"),
        ["Job"] = new("batch", "v1", "jobs"),
        ["EndpointSlice"] = new("discovery.k8s.io", "v1", "endpointslices"),
        ["PodDisruptionBudget"] = new("policy", "v1", "poddisruptionbudgets"),
        ["HorizontalPodAutoscaler"] = new("autoscaling", "v2", "horizontalpodautoscalers"),
    };

    public static IEnumerable<ResourcePath> Watched => s_kinds.Values.Append(new("", "v1", "events"));

    /// <summary>Empty: everything became as recorded. Otherwise the differences of the last look.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(TimeSpan limit)
    {
        using var bound = new CancellationTokenSource(limit);
        var scenario = Scenario.Load(name);
        await kubectl.MustAsync("create", "namespace", ns);
        var manifest = scenario.Manifests.ToJsonString().Replace("{image}", image).Replace("{ns}", ns);
        (await kubectl.RunWithInputAsync($$"""{"apiVersion":"v1","kind":"List","items":{{manifest}}}""", "-n", ns, "create", "-f", "-")).Must();
        if (scenario.HasChange)
        {
            await kubectl.MustAsync("-n", ns, "wait", "pod", "--all", "--for=condition=Ready", "--timeout=60s");
            if (name.StartsWith("deployment", StringComparison.Ordinal))
            {
                await kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/d", "--timeout=60s");
            }
            foreach (var call in Scenario.Change(name, image))
            {
                await kubectl.MustAsync(["-n", ns, .. call]);
            }
        }
        while (true)
        {
            var differences = await LookAsync(scenario);
            if (differences.Count == 0)
            {
                return differences;
            }
            try
            {
                await changes.ReadAsync(bound.Token);
                while (changes.TryRead(out _))
                {
                }
            }
            catch (OperationCanceledException)
            {
                return differences;
            }
        }
    }

    private async Task<IReadOnlyList<string>> LookAsync(Scenario scenario)
    {
        var differences = new List<string>();
        foreach (var group in scenario.Objects.GroupBy(obj => obj!["kind"]!.ToString()))
        {
            var actual = await ListAsync(s_kinds[group.Key], group.Key);
            var expected = group.Select(placeholders.Normalize).Order(ByText).ToList();
            if (expected.Count != actual.Count)
            {
                differences.Add($"{group.Key}: {actual.Count} objects, the original has {expected.Count}");
                continue;
            }
            for (var i = 0; i < expected.Count; i++)
            {
                differences.AddRange(JsonDifference.Of(expected[i], actual[i], $"{group.Key}[{i}]"));
            }
        }
        var recorded = scenario.Events.Select(EventKey).Where(e => !e.StartsWith("Normal NoPods", StringComparison.Ordinal)).ToHashSet();
        // Whether a budget saw a moment without pods is a matter of who came first.
        var seen = (await RawAsync(new("", "v1", "events"))).Select(ActualEventKey).Where(e => !e.StartsWith("Normal NoPods", StringComparison.Ordinal)).ToHashSet();
        differences.AddRange(recorded.Except(seen).Select(e => $"event missing: {e}"));
        differences.AddRange(seen.Except(recorded).Select(e => $"event that the original does not have: {e}"));
        return differences;
    }

    private static readonly Comparer<JsonNode?> ByText = Comparer<JsonNode?>.Create((a, b) => string.CompareOrdinal(SortKey(a), SortKey(b)));

    // Pods of one owner are told apart by what they run and how they are, not by their random names.
    private static string SortKey(JsonNode? obj) => $"{obj?["metadata"]?["name"]} {obj?["metadata"]?["annotations"]?.ToJsonString()} {obj?["spec"]?["containers"]?.ToJsonString()} {obj?["status"]?["phase"]}";

    private async Task<List<JsonNode?>> ListAsync(ResourcePath path, string kind) =>
        [.. (await RawAsync(path)).Where(obj => !(kind == "Service" && obj["metadata"]!["name"]!.ToString() == "kubernetes")).Select(placeholders.Normalize).Order(ByText)];

    private async Task<List<JsonNode>> RawAsync(ResourcePath path) =>
        [.. (await client.ListAsync(path with { Namespace = ns }, ListOptions.All, default)).Value.Items.Select(item => JsonNode.Parse(item.Span)!)];

    private string EventKey(JsonNode? e) => $"{e!["type"]} {e["reason"]} {e["object"]} {e["source"]}: {placeholders.Text(e["message"]!.ToString())}";

    private string ActualEventKey(JsonNode e)
    {
        var regarding = e["involvedObject"]!;
        var field = regarding["fieldPath"]?.ToString();
        var source = e["source"]?["component"]?.ToString() is { Length: > 0 } component ? component : e["reportingComponent"]?.ToString();
        return $"{e["type"]} {e["reason"]} {regarding["kind"]}{(field is null ? "" : $"/{field}")} {source}: {placeholders.Text(e["message"]!.ToString())}";
    }
}
