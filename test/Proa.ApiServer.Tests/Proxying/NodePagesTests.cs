using Proa.ApiServer.Discovery;
using Proa.ApiServer.Tests.Streams;

namespace Proa.ApiServer.Tests.Proxying;

/// <summary>What <c>kubectl get --raw /api/v1/nodes/NAME/proxy/…</c> says of a node of this process.</summary>
public sealed class NodePagesTests
{
    private const string Root = "/api/v1/nodes/n/proxy";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Root + "/healthz", 200, "ok")]
    [InlineData(Root + "/healthz/syncloop", 200, "ok")]
    [InlineData("/api/v1/nodes/https:n:10250/proxy/healthz", 200, "ok")]
    [InlineData(Root + "/configz", 200, """{"kubeletconfig":{"port":10250,"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","maxPods":110}}""")]
    [InlineData(Root + "/containerLogs/a/p/c?tailLines=3", 200, "c tail=3 follow=False\n")]
    [InlineData(Root + "/containerLogs/a/p/none", 404, "container \"none\" not found in pod \"p\"\n")]
    [InlineData(Root + "/containerLogs/a/other/c", 404, "pod \"other\" does not exist\n")]
    [InlineData(Root + "/nothing", 404, "404 page not found\n")]
    [InlineData(Root + "/version", 404, "404 page not found\n")]
    public async Task Page_OfALocalNode_IsAnsweredHere(string path, int code, string text)
    {
        await using var server = await StartAsync();
        using var answer = await server.Http.GetAsync(path, Ct);
        Assert.Equal((code, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task Pods_OfTheNode_AreItsOwn()
    {
        await using var server = await StartAsync();
        var list = await server.ExpectAsync(200, "GET", Root + "/pods");
        Assert.Equal("PodList", list.String("kind"));
        Assert.Equal("p", Assert.Single(list.Array("items")!.OfType<Proa.Api.Json.JsonObject>()).Object("metadata")!.String("name"));
        Assert.Empty((await server.ExpectAsync(200, "GET", Root + "/runningpods/")).Array("items")!);
    }

    [Fact]
    public async Task Writing_ToAPage_IsRefused()
    {
        await using var server = await StartAsync();
        using var answer = await server.Http.PostAsync(Root + "/pods", new StringContent(""), Ct);
        Assert.Equal(405, (int)answer.StatusCode);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(options => options with
        {
            Nodes = static name => name == "n" ? new ScriptedNode() : null,
            Endpoints = [new VersionEndpoint()],
        });
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/nodes", """{"metadata":{"name":"n"}}""");
        await server.ExpectAsync(200, "PATCH", "/api/v1/nodes/n/status",
            """{"status":{"capacity":{"pods":"110"},"daemonEndpoints":{"kubeletEndpoint":{"Port":10250}}}}""", "application/merge-patch+json");
        foreach (var (name, node) in ((string, string)[])[("p", "n"), ("other", "m")])
        {
            await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods",
                $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","image":"i"}]}}""");
        }
        return server;
    }
}
