using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Admission;

public sealed class EvictionTests
{
    private const string Eviction = """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""";

    [Theory]
    [InlineData("""{"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":2,"observedGeneration":1}""", "The disruption budget b needs 2 healthy pods and has 1 currently")]
    [InlineData("""{"disruptionsAllowed":1,"currentHealthy":3,"desiredHealthy":2,"observedGeneration":0}""", "The disruption budget b is still being processed by the server.")]
    [InlineData("""{"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":2,"observedGeneration":1,"conditions":[{"type":"DisruptionAllowed","status":"False","reason":"SyncFailed","message":"oops","lastTransitionTime":"2026-01-01T00:00:00Z"}]}""",
        "The disruption budget b does not allow evicting pods currently because it failed sync: oops")]
    public async Task Evict_BudgetSaysNo_TellsWhy(string status, string because)
    {
        await using var server = await StartAsync(status, ready: true);

        var answer = await server.ExpectAsync(429, "POST", "/api/v1/namespaces/a/pods/p/eviction", Eviction);

        Assert.Equal("Cannot evict pod as it would violate the pod's disruption budget.", answer.String("message"));
        Assert.Equal(because, ((JsonObject)answer.Object("details")!.Array("causes")![0]).String("message"));
    }

    [Fact]
    public async Task Evict_BudgetAllows_TakesOneAndMarksThePod()
    {
        await using var server = await StartAsync("""{"disruptionsAllowed":1,"currentHealthy":3,"desiredHealthy":2,"observedGeneration":1}""", ready: true);

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods/p/eviction", Eviction);

        var budget = (await server.ExpectAsync(200, "GET", "/apis/policy/v1/namespaces/a/poddisruptionbudgets/b")).Object("status")!;
        Assert.Equal(0, budget.Int("disruptionsAllowed"));
        Assert.True(budget.Object("disruptedPods")!.ContainsKey("p"));
        var pod = await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/pods/p");
        Assert.Contains(pod.Object("status")!.Array("conditions")!, item => ((JsonObject)item).String("reason") == "EvictionByEvictionAPI");
        Assert.NotNull(pod.Object("metadata")!.String("deletionTimestamp"));
    }

    [Fact]
    public async Task Evict_UnreadyPodOfAHealthyApplication_TakesNothing()
    {
        await using var server = await StartAsync("""{"disruptionsAllowed":0,"currentHealthy":2,"desiredHealthy":2,"observedGeneration":1}""", ready: false);

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods/p/eviction", Eviction);
    }

    [Theory]
    [InlineData("""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"other"}}""", 400, "name in URL does not match name in Eviction object")]
    [InlineData("""{"apiVersion":"policy/v1","kind":"Eviction"}""", 400, "name in URL does not match name in Eviction object")]
    [InlineData("""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"},"deleteOptions":{"ignoreStoreReadErrorWithClusterBreakingPotential":true}}""",
        422, "Eviction.policy \"p\" is invalid: deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential: Invalid value: true: can not be set for pod eviction, try after removing the option")]
    public async Task Evict_BodyThatCannotBe_IsRefused(string body, int code, string message)
    {
        await using var server = await StartAsync("""{"disruptionsAllowed":1,"currentHealthy":3,"desiredHealthy":2,"observedGeneration":1}""", ready: true);

        var answer = await server.ExpectAsync(code, "POST", "/api/v1/namespaces/a/pods/p/eviction", body);

        Assert.Equal(message, answer.String("message"));
    }

    [Fact]
    public async Task Evict_DryRun_ChangesNothing()
    {
        await using var server = await StartAsync("""{"disruptionsAllowed":1,"currentHealthy":3,"desiredHealthy":2,"observedGeneration":1}""", ready: true);

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods/p/eviction?dryRun=All", Eviction);

        Assert.Equal(1, (await server.ExpectAsync(200, "GET", "/apis/policy/v1/namespaces/a/poddisruptionbudgets/b")).Object("status")!.Int("disruptionsAllowed"));
        Assert.Null((await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/pods/p")).Object("metadata")!.String("deletionTimestamp"));
    }

    [Fact]
    public async Task Evict_UnreadyPodThatMayAlwaysGo_TakesNothing()
    {
        await using var server = await StartAsync("""{"disruptionsAllowed":0,"currentHealthy":0,"desiredHealthy":2,"observedGeneration":1}""", ready: false);
        await server.ExpectAsync(429, "POST", "/api/v1/namespaces/a/pods/p/eviction", Eviction);
        await server.ExpectAsync(200, "PATCH", "/apis/policy/v1/namespaces/a/poddisruptionbudgets/b", """{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}""", "application/merge-patch+json");
        // The budget's controller has not looked at the new generation; a pod that may always go need not wait.
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods/p/eviction", Eviction);
    }

    [Fact]
    public async Task Bindings_LegacyPath_BindsThePod()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/nodes", """{"metadata":{"name":"n","labels":{"topology.kubernetes.io/zone":"z"}}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/bindings", """{"metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}""");

        var pod = await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/pods/p");
        Assert.Equal("n", pod.Object("spec")!.String("nodeName"));
        Assert.Equal("z", pod.Object("metadata")!.Object("labels")!.String("topology.kubernetes.io/zone"));
    }

    private static async Task<TestServer> StartAsync(string budget, bool ready)
    {
        var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods",
            """{"metadata":{"name":"p","labels":{"app":"x"}},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
        await server.ExpectAsync(200, "PATCH", "/api/v1/namespaces/a/pods/p/status",
            $$"""{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"{{(ready ? "True" : "False")}}"}]} }""", "application/merge-patch+json");
        await server.ExpectAsync(201, "POST", "/apis/policy/v1/namespaces/a/poddisruptionbudgets",
            """{"metadata":{"name":"b"},"spec":{"minAvailable":2,"selector":{"matchLabels":{"app":"x"}}}}""");
        await server.ExpectAsync(200, "PATCH", "/apis/policy/v1/namespaces/a/poddisruptionbudgets/b/status", $$"""{"status":{{budget}} }""", "application/merge-patch+json");
        return server;
    }
}
