using Proa.Api.Json;

namespace Proa.ApiServer.Tests;

public sealed class FieldLabelsTests : IAsyncLifetime
{
    private const string Event = """
        {"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"n"},"reason":"R","type":"Normal","reportingComponent":"c","reportingInstance":"i"}
        """;

    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.NamespaceAsync("n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/apis/events.k8s.io/v1", "reportingController%3Dc", 1)]
    [InlineData("/apis/events.k8s.io/v1", "reportingController%3Dd", 0)]
    [InlineData("/apis/events.k8s.io/v1", "regarding.kind%3DPod,regarding.name%3Dp,reason%3DR", 1)]
    [InlineData("/apis/events.k8s.io/v1", "regarding.name!%3Dp", 0)]
    [InlineData("/api/v1", "reportingComponent%3Dc,involvedObject.name%3Dp", 1)]
    [InlineData("/api/v1", "source%3Dc", 1)]
    public async Task Events_SelectedByTheirVersionsLabels_AreFound(string version, string selector, int count)
    {
        await _server.ExpectAsync(201, "POST", "/api/v1/namespaces/n/events", Event);
        var list = await _server.ExpectAsync(200, "GET", $"{version}/namespaces/n/events?fieldSelector={selector}");
        Assert.Equal(count, list.Array("items")!.Count);
    }

    [Theory]
    [InlineData("/apis/events.k8s.io/v1", "reportingComponent")]
    [InlineData("/apis/events.k8s.io/v1", "source")]
    [InlineData("/apis/events.k8s.io/v1", "involvedObject.name")]
    [InlineData("/apis/events.k8s.io/v1", "regarding.node")]
    [InlineData("/api/v1", "reportingController")]
    [InlineData("/api/v1", "regarding.name")]
    public async Task Events_SelectedByAnotherVersionsLabel_IsRefused(string version, string label)
    {
        var refused = await _server.ExpectAsync(400, "GET", $"{version}/namespaces/n/events?fieldSelector={label}%3Dx");
        Assert.Equal($"field label not supported: {label}", refused.String("message"));
    }

    [Fact]
    public async Task Pods_SelectedByTheNodesOldName_AreThoseOfTheNode()
    {
        await _server.ExpectAsync(201, "POST", "/api/v1/namespaces/n/pods", """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        var on = await _server.ExpectAsync(200, "GET", "/api/v1/pods?fieldSelector=spec.host%3Dn1");
        var off = await _server.ExpectAsync(200, "GET", "/api/v1/pods?fieldSelector=spec.host%3Dn2");
        Assert.Equal((1, 0), (on.Array("items")!.Count, off.Array("items")!.Count));
    }
}
