using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Tables;
using Proa.Client;

namespace Proa.ApiServer.Tests;

public sealed class WatchTests : IAsyncLifetime
{
    private static readonly ResourcePath s_maps = new("", "v1", "configmaps", "n");
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(static options => options with { Tables = new TableRenderer(TimeProvider.System) });
        await _server.NamespaceAsync("n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Watch_FromNow_FirstWhatExistsThenChanges()
    {
        await CreateAsync("a", "1");
        await using var events = Events(new WatchOptions(Bookmarks: false));
        Assert.Equal("ADDED a", await NextAsync(events));
        await CreateAsync("b", "1");
        Assert.Equal("ADDED b", await NextAsync(events));
        await _server.ExpectAsync(200, "DELETE", "/api/v1/namespaces/n/configmaps/a");
        Assert.Equal("DELETED a", await NextAsync(events));
    }

    [Fact]
    public async Task Watch_FromRevision_Replays()
    {
        var made = await CreateAsync("a", "1");
        await CreateAsync("b", "1");
        await LabelAsync("a", "2");
        await using var events = Events(new WatchOptions(made.Object("metadata")!.String("resourceVersion"), Bookmarks: false));
        Assert.Equal("ADDED b", await NextAsync(events));
        Assert.Equal("MODIFIED a", await NextAsync(events));
    }

    [Fact]
    public async Task Watch_LeavingSelector_Deleted()
    {
        await CreateAsync("a", "1");
        await using var events = Events(new WatchOptions(LabelSelector: "l=1", Bookmarks: false));
        Assert.Equal("ADDED a", await NextAsync(events));
        await LabelAsync("a", "2");
        Assert.True(await events.MoveNextAsync());
        var item = events.Current;
        Assert.Equal(WatchKind.Deleted, item.Kind);
        var gone = JsonTree.ParseObject(item.Json.Span).Object("metadata")!;
        // Its last matching state, at the revision of the change.
        Assert.Equal("1", gone.Object("labels")!.String("l"));
        var now = await _server.ExpectAsync(200, "GET", "/api/v1/namespaces/n/configmaps/a");
        Assert.Equal(now.Object("metadata")!.String("resourceVersion"), gone.String("resourceVersion"));
        await LabelAsync("a", "1");
        Assert.Equal("ADDED a", await NextAsync(events));
    }

    [Fact]
    public async Task Watch_OverHttp_EndsWithItsTime()
    {
        await CreateAsync("a", "1");
        var text = await _server.Http.GetStringAsync(
            "/api/v1/namespaces/n/configmaps?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            TestContext.Current.CancellationToken);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"type\":\"ADDED\",\"object\":{\"kind\":\"ConfigMap\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"k8s.io/initial-events-end\":\"true\"", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AsTables_EachTellsItsObjectsRevision()
    {
        var made = await CreateAsync("a", "1");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/n/configmaps?watch=1&timeoutSeconds=1");
        request.Headers.Add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
        using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var table = JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Object("object")!;
        Assert.Equal("Table", table.String("kind"));
        Assert.Equal(made.Object("metadata")!.String("resourceVersion"), table.Object("metadata")!.String("resourceVersion"));
    }

    private Task<JsonObject> CreateAsync(string name, string label) => _server.ExpectAsync(
        201, "POST", "/api/v1/namespaces/n/configmaps", $$$"""{"metadata":{"name":"{{{name}}}","labels":{"l":"{{{label}}}"} } }""");

    private Task<JsonObject> LabelAsync(string name, string label) => _server.ExpectAsync(
        200, "PATCH", "/api/v1/namespaces/n/configmaps/" + name, $$$"""{"metadata":{"labels":{"l":"{{{label}}}"} } }""", "application/merge-patch+json");

    private IAsyncEnumerator<WatchItem> Events(WatchOptions options) =>
        _server.Client.WatchAsync(s_maps, options, TestContext.Current.CancellationToken).GetAsyncEnumerator();

    private static async Task<string> NextAsync(IAsyncEnumerator<WatchItem> events)
    {
        Assert.True(await events.MoveNextAsync());
        var name = JsonTree.ParseObject(events.Current.Json.Span).Object("metadata")!.String("name");
        return $"{events.Current.Kind.ToString().ToUpperInvariant()} {name}";
    }
}
