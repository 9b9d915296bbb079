using System.CommandLine;
using System.Text.Json.Nodes;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Http;
using Proa.Cluster;
using Proa.Terminal;
using NodeModel = Proa.Api.Models.Core.Node;

namespace Proa.Commands;

internal static class StatusCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var output = CommandTree.Output();
        var command = new Command("status", "Say whether the cluster runs, and how its nodes and pods are; exit code 1 when it does not run or a node is not ready") { dataDir, output };
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), parsed.GetValue(output) == "json", ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, bool json, CancellationToken ct)
    {
        if (RunFile.Running(paths) is not { } running)
        {
            Console.WriteLine(json ? new JsonObject { ["running"] = false, ["dataDir"] = paths.Root }.ToJsonString() : $"no cluster runs on {paths.Root}");
            return 1;
        }
        var store = await StoreStatus.OfAsync(paths, ct);
        IReadOnlyList<NodeModel> nodes;
        IReadOnlyList<Pod> pods;
        IReadOnlyList<Leader> leaders;
        try
        {
            using var client = new HttpClusterClient(KubeConfig.Load(paths.Kubeconfig), "proa-status");
            nodes = (await client.ListAsync<NodeModel>(null, ListOptions.All, ct)).Value.Items;
            pods = (await client.ListAsync<Pod>(null, ListOptions.All, ct)).Value.Items;
            leaders = await Leader.AllAsync(client, ServerIdentity.Current(paths), ct);
        }
        catch (Exception e) when (e is HttpRequestException or ApiException or IOException)
        {
            throw new UserException($"process {running.Pid} runs on {paths.Root}, but its API at {running.Server} does not answer: {e.Message}", $"look at {paths.Log} or at the terminal that it runs in");
        }
        var ready = nodes.All(IsReady);
        if (json)
        {
            Console.WriteLine(new JsonObject
            {
                ["running"] = true,
                ["ready"] = ready,
                ["pid"] = running.Pid,
                ["server"] = running.Server,
                ["dataDir"] = paths.Root,
                ["store"] = store.ToJson(),
                ["leaders"] = new JsonObject(leaders.Select(leader => KeyValuePair.Create(leader.Component, (JsonNode?)leader.Holder))),
                ["kubeconfig"] = paths.Kubeconfig,
                ["nodes"] = new JsonArray([.. nodes.Select(node => (JsonNode)new JsonObject { ["name"] = node.Metadata.Name, ["ready"] = IsReady(node) })]),
                ["pods"] = new JsonObject(pods.CountBy(pod => pod.Status.Phase ?? "Unknown").Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            }.ToJsonString());
            return ready ? 0 : 1;
        }
        Console.WriteLine($"running     process {running.Pid}, {running.Server}");
        Console.WriteLine($"store       {store}");
        foreach (var leader in leaders)
        {
            Console.WriteLine($"leader      {leader}");
        }
        foreach (var node in nodes)
        {
            Console.WriteLine($"node        {node.Metadata.Name} {(IsReady(node) ? Style.Green("Ready") : Style.Red("NotReady"))}");
        }
        Console.WriteLine($"pods        {(pods.Count == 0 ? "none" : string.Join(", ", pods.CountBy(pod => pod.Status.Phase ?? "Unknown").Select(pair => $"{pair.Value} {pair.Key}")))}");
        Console.WriteLine($"kubeconfig  {paths.Kubeconfig}");
        return ready ? 0 : 1;
    }

    private static bool IsReady(NodeModel node) => node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" });
}
