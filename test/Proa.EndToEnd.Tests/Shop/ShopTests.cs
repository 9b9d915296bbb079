using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Shop;

[Collection("shop")]
public sealed class ShopTests(ShopCluster shop)
{
    private const int CatalogPort = 8080;

    [Fact]
    public async Task Shop_OrderThroughNodePort_IsPricedSignedAndKept()
    {
        using var client = new HttpClient { BaseAddress = new Uri(shop.Url) };

        var page = await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await client.PostAsJsonAsync("/api/carts/c1", new { productId = "oar", quantity = 2 }, TestContext.Current.CancellationToken);
        await client.PostAsJsonAsync("/api/carts/c1", new { productId = "rope", quantity = 1 }, TestContext.Current.CancellationToken);
        var made = await (await client.PostAsync("/api/orders/c1", null, TestContext.Current.CancellationToken)).Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken);
        var read = await client.GetFromJsonAsync<JsonNode>($"/api/orders/{made!["id"]}", TestContext.Current.CancellationToken);
        var cart = await client.GetFromJsonAsync<JsonNode>("/api/carts/c1", TestContext.Current.CancellationToken);

        Assert.Contains("Anchor", page);
        Assert.Equal(2 * 4900 + 1850, (int)made["totalCents"]!);
        Assert.Equal(made.ToJsonString(), read!.ToJsonString());
        Assert.Empty(cart!["lines"]!.AsArray());
    }

    [Fact]
    public async Task RollingUpdate_UnderLoad_ForwardAndUndo_LosesNoRequest()
    {
        using var client = new HttpClient { BaseAddress = new Uri(shop.Url) };
        var load = SteadyLoad.Start($"{shop.Url}/api/products", 250);

        await RolloutAsync("set", "env", "deployment/catalog", "CATALOG_VERSION=v2");
        var updated = await client.GetStringAsync("/api/products", TestContext.Current.CancellationToken);
        await RolloutAsync("rollout", "undo", "deployment/catalog");
        var undone = await client.GetStringAsync("/api/products", TestContext.Current.CancellationToken);
        var (answered, failures, perSecond) = await load.StopAsync();

        Assert.Contains("\"version\":\"v2\"", updated);
        Assert.Contains("\"version\":\"v1\"", undone);
        Assert.Empty(failures);
        Assert.True(perSecond >= 200, $"only {perSecond:0} requests/s ({answered})");
    }

    [Fact]
    public async Task DeletePod_UnderLoad_LosesNoRequest()
    {
        var load = SteadyLoad.Start($"{shop.Url}/api/products", 250);

        var pods = (await shop.Kubectl.JsonAsync("-n", "shop", "get", "pods", "-l", "app=catalog"))["items"]!.AsArray();
        await shop.Kubectl.MustAsync("-n", "shop", "delete", "pod", pods[0]!["metadata"]!["name"]!.ToString());
        await shop.Kubectl.MustAsync("-n", "shop", "rollout", "status", "deployment/catalog", "--timeout=120s");
        var (answered, failures, _) = await load.StopAsync();

        Assert.Empty(failures);
        Assert.True(answered > 0);
    }

    [Fact]
    public async Task KillContainer_UnderLoad_RestartsAndFailsOnlyWhatWasInFlight()
    {
        var load = SteadyLoad.Start($"{shop.Url}/api/products", 250);
        var before = await RestartsAsync();

        var pid = ContainerProcesses.Find(shop.ClusterId, "/app/Catalog")[0];
        await load.Steady.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        var inFlight = ContainerProcesses.Connections(pid, CatalogPort);
        process.Kill();
        await Eventually.TrueAsync(shop.Kubectl, "shop", async () => await RestartsAsync() == before + 1);
        await shop.Kubectl.MustAsync("-n", "shop", "wait", "pod", "-l", "app=catalog", "--for=condition=Ready", "--timeout=60s");
        var (answered, failures, perSecond) = await load.StopAsync();

        // No more than the killed container itself held when it died.
        Assert.True(failures.Count <= inFlight, $"{failures.Count} of {answered} failed, {inFlight} were in flight:\n{string.Join('\n', failures.Take(20))}");
        Assert.True(perSecond >= 200, $"only {perSecond:0} requests/s");
    }

    [Fact]
    public async Task KillProa_UnderLoad_PodsRunOnAndAreAdopted()
    {
        await shop.Kubectl.MustAsync("-n", "shop", "create", "configmap", "kept", "--from-literal=a=b");
        var containers = await shop.ContainersAsync();
        var load = SteadyLoad.Start($"{shop.Url}/api/products", 250);

        await shop.Cluster.KillAsync();
        var atKill = load.Done;
        await shop.Cluster.UpAsync();
        await shop.Kubectl.MustAsync("wait", "node", "--all", "--for=condition=Ready", "--timeout=30s");
        await shop.Kubectl.MustAsync("-n", "shop", "wait", "pod", "--all", "--for=condition=Ready", "--timeout=30s");
        var (answered, failures, _) = await load.StopAsync();

        Assert.Empty(failures);
        Assert.True(answered > atKill);
        Assert.Equal(containers, await shop.ContainersAsync());
        Assert.Equal("b", await shop.Kubectl.MustAsync("-n", "shop", "get", "configmap", "kept", "-o", "jsonpath={.data.a}"));
    }

    /// <summary>Changes the deployment and waits until no pod of before is left.</summary>
    private async Task RolloutAsync(params string[] change)
    {
        var old = (await shop.Kubectl.MustAsync("-n", "shop", "get", "pods", "-l", "app=catalog", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await shop.Kubectl.MustAsync(["-n", "shop", .. change]);
        await shop.Kubectl.MustAsync("-n", "shop", "rollout", "status", "deployment/catalog", "--timeout=120s");
        await shop.Kubectl.MustAsync(["-n", "shop", "wait", .. old, "--for=delete", "--timeout=60s"]);
    }

    private async Task<int> RestartsAsync()
    {
        var pods = await shop.Kubectl.JsonAsync("-n", "shop", "get", "pods", "-l", "app=catalog");
        return pods["items"]!.AsArray().Sum(pod => (int)pod!["status"]!["containerStatuses"]![0]!["restartCount"]!);
    }
}
