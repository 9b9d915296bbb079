using System.Text.Json.Nodes;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>One cluster with the shop on it, shared by the tests that put it under load.</summary>
public sealed class ShopCluster : IAsyncLifetime
{
    internal TestCluster Cluster { get; private set; } = null!;

    internal Kubectl Kubectl => Cluster.Kubectl;

    internal string Url => $"http://127.0.0.1:{Cluster.FirstNodePort}";

    internal string ClusterId => JsonNode.Parse(File.ReadAllText(Path.Combine(Cluster.DataDir, "cluster.json")))!["id"]!.ToString();

    public async ValueTask InitializeAsync()
    {
        var images = await Images.Shop;
        Cluster = await TestCluster.StartAsync();
        foreach (var tar in Directory.EnumerateFiles(images, "*.tar"))
        {
            await Cluster.ImportAsync(tar);
        }
        var manifest = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples/shop/deploy/shop.yaml"));
        await Kubectl.ApplyAsync(manifest.Replace("nodePort: 30080", $"nodePort: {Cluster.FirstNodePort}"));
        await Kubectl.WaitAsync("shop", "pod/redis", "condition=Ready");
        foreach (var name in new[] { "catalog", "cart", "orders", "frontend" })
        {
            await Kubectl.MustAsync("-n", "shop", "rollout", "status", $"deployment/{name}", "--timeout=120s");
        }
    }

    public ValueTask DisposeAsync() => Cluster?.DisposeAsync() ?? default;

    /// <summary>Container ids and restart counts of all the shop's pods: what must not change when Proa restarts.</summary>
    internal async Task<IReadOnlyList<string>> ContainersAsync()
    {
        var pods = await Kubectl.JsonAsync("-n", "shop", "get", "pods");
        return [.. pods["items"]!.AsArray()
            .SelectMany(pod => pod!["status"]!["containerStatuses"]!.AsArray().Select(c => $"{pod["metadata"]!["name"]} {c!["containerID"]} {c["restartCount"]}"))
            .Order(StringComparer.Ordinal)];
    }
}

[CollectionDefinition("shop")]
public sealed class ShopCollection : ICollectionFixture<ShopCluster>;
