using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Json;
using Proa.ApiServer.Security;
using Proa.Client.Informers;
using Proa.Controllers;

namespace Proa.ApiServer.Tests.Aggregation;

/// <summary>Controllers and what another server holds.</summary>
public sealed class ControllersAggregationTests : IAsyncLifetime
{
    private const string Namespaces = "/api/v1/namespaces";
    private const string Flunders = "/apis/wardle.example.com/v1alpha1/namespaces/a/flunders";
    private readonly CancellationTokenSource _stop = new();
    private AggregatedCluster _cluster = null!;
    private ExtensionApi _extension = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _cluster = await AggregatedCluster.StartAsync();
        _extension = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, "api.wardle.svc");
        await _cluster.RegisterAsync(_extension);
        await _cluster.NamespaceAsync("a");
        var informers = new InformerFactory(_cluster.Client, TimeProvider.System, NullLoggerFactory.Instance);
        var controllers = new ControllerManager(
            new ControllerManagerOptions { Controllers = "namespace,garbagecollector", RootCaPem = "", GarbageCollectionDelay = TimeSpan.Zero },
            account => _cluster.Server.Server.ClientFor(
                new UserInfo($"system:serviceaccount:kube-system:{account}", ["system:serviceaccounts", "system:serviceaccounts:kube-system", UserInfo.AuthenticatedGroup]), "test"),
            informers, TimeProvider.System, NullLoggerFactory.Instance);
        _running = Task.WhenAll(informers.RunAsync(_stop.Token), controllers.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _cluster.DisposeAsync();
        await _extension.DisposeAsync();
    }

    [Fact]
    public async Task Namespace_Deleted_TakesWhatTheOtherServerHolds()
    {
        await FlunderAsync();
        await _cluster.SendAsync("DELETE", $"{Namespaces}/a");
        await GoneAsync($"{Namespaces}/a");
        Assert.Equal(404, (await _cluster.SendAsync("GET", Flunders + "/f")).Code);
    }

    [Fact]
    public async Task Namespace_Deleted_WhileTheServerIsAway_SaysSoAndWaits()
    {
        await FlunderAsync();
        await _cluster.NamespaceAsync("b");
        await _extension.DisposeAsync();
        await _cluster.SliceAsync("wardle", "api", _extension.Port);
        await _cluster.AvailableAsync("v1alpha1.wardle.example.com", "False", "FailedDiscoveryCheck");

        await AggregatedCluster.UntilAsync(() => _cluster.SendAsync("GET", "/apis", accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"), answer => answer.Body.Contains("Stale", StringComparison.Ordinal));
        await _cluster.SendAsync("DELETE", $"{Namespaces}/b");
        var condition = await AggregatedCluster.UntilAsync(
            async () => (await _cluster.GetAsync($"{Namespaces}/b")).Object("status")?.Array("conditions")?.OfType<JsonObject>().FirstOrDefault(item => item.String("type") == "NamespaceDeletionDiscoveryFailure"),
            found => found is not null);
        Assert.Equal(("True", "DiscoveryFailed"), (condition!.String("status"), condition.String("reason")));
        Assert.Equal(
            "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: "
            + "wardle.example.com/v1alpha1: stale GroupVersion discovery: wardle.example.com/v1alpha1", condition.String("message"));

        await _cluster.SendAsync("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com");
        await GoneAsync($"{Namespaces}/b");
    }

    [Fact]
    public async Task Owner_OnTheOtherServer_TakesItsDependentsWithIt()
    {
        await FlunderAsync();
        var uid = (await _cluster.GetAsync(Flunders + "/f")).Object("metadata")!.String("uid");
        await _cluster.MakeAsync($"{Namespaces}/a/configmaps", $$"""
            {"metadata":{"name":"owned","ownerReferences":[{"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","name":"f","uid":"{{uid}}"}]} }
            """);
        await _cluster.SendAsync("DELETE", Flunders + "/f");
        await GoneAsync($"{Namespaces}/a/configmaps/owned");
    }

    /// <summary>One flunder, which the controllers know of.</summary>
    private async Task FlunderAsync()
    {
        await _cluster.MakeAsync(Flunders, """{"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"f"} }""");
        await AggregatedCluster.UntilAsync(() => Task.FromResult(_extension.Seen.Any(item =>
            item.Target.StartsWith("/apis/wardle.example.com/v1alpha1/flunders?watch=true", StringComparison.Ordinal))), found => found);
    }

    private Task GoneAsync(string path) => AggregatedCluster.UntilAsync(async () => (await _cluster.SendAsync("GET", path)).Code, code => code == 404);
}
