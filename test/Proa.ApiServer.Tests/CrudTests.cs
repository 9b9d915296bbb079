using System.Text;
using Proa.Api.Json;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;

namespace Proa.ApiServer.Tests;

public sealed class CrudTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/n/configmaps";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.NamespaceAsync("n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Update_OfWhatIsGone_CreatesItAnewUnlessItWasAnother()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("n");
        const string Ranges = "/api/v1/namespaces/n/limitranges/l";

        var refused = await server.ExpectAsync(409, "PUT", Ranges, """{"metadata":{"name":"l","uid":"other"},"spec":{"limits":[]}}""");
        Assert.Contains("Precondition failed: UID in precondition: other, UID in object meta: ", refused.String("message"), StringComparison.Ordinal);
        await server.ExpectAsync(201, "PUT", Ranges, """{"metadata":{"name":"l"},"spec":{"limits":[]}}""");
        await server.ExpectAsync(404, "PUT", "/api/v1/namespaces/n/resourcequotas/q", """{"metadata":{"name":"q"},"spec":{}}""");
        await server.ExpectAsync(201, "POST", "/apis/policy/v1/namespaces/n/poddisruptionbudgets", """{"metadata":{"name":"b"},"spec":{}}""");
        var unpinned = await server.ExpectAsync(422, "PUT", "/apis/policy/v1/namespaces/n/poddisruptionbudgets/b", """{"metadata":{"name":"b"},"spec":{}}""");
        Assert.Contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update", unpinned.String("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ThenGet_SameObject()
    {
        var made = await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        var read = await _server.ExpectAsync(200, "GET", Maps + "/c");
        Assert.True(made.DeepEquals(read), $"{made}\n{read}");
        Assert.Equal("ConfigMap", read.String("kind"));
        var metadata = read.Object("metadata")!;
        Assert.Equal("n", metadata.String("namespace"));
        Assert.NotNull(metadata.String("resourceVersion"));
        Assert.True(Guid.TryParse(metadata.String("uid"), out _));
        Assert.NotNull(metadata.String("creationTimestamp"));
    }

    [Theory]
    [InlineData("""{"name":"c","resourceVersion":"x"}""", null)]
    [InlineData("""{"name":"c","generation":7}""", 7)]
    [InlineData("""{"name":"c","namespace":"","deletionTimestamp":null}""", null)]
    public async Task Create_MetadataOfTheServer_IsKeptOrIgnored(string metadata, int? generation)
    {
        var made = await _server.ExpectAsync(201, "POST", Maps, $$"""{"metadata":{{metadata}} }""");
        Assert.Equal(generation, made.Object("metadata")!.Int("generation"));
    }

    [Fact]
    public async Task Create_NamespaceOnWhatHasNone_LosesIt()
    {
        var made = await _server.ExpectAsync(201, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"p","namespace":"n"},"value":1}""");
        Assert.False(made.Object("metadata")!.ContainsKey("namespace"));
    }

    [Fact]
    public async Task Create_OwnerNamedTwice_KeptOnce()
    {
        const string Owner = """{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true}""";
        var made = await _server.ExpectAsync(201, "POST", Maps, $$"""{"metadata":{"name":"c","ownerReferences":[{{Owner}},{{Owner}}] } }""");
        Assert.Single(made.Object("metadata")!.Array("ownerReferences")!);
    }

    [Fact]
    public async Task Create_Twice_AlreadyExists()
    {
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"}}""");
        var refused = await _server.ExpectAsync(409, "POST", Maps, """{"metadata":{"name":"c"}}""");
        Assert.Equal("AlreadyExists", refused.String("reason"));
        Assert.Equal("configmaps \"c\" already exists", refused.String("message"));
    }

    [Fact]
    public async Task Create_GenerateName_DistinctNames()
    {
        var a = await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"generateName":"g-"}}""");
        var b = await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"generateName":"g-"}}""");
        Assert.Matches("^g-[bcdfghjklmnpqrstvwxz2456789]{5}$", a.Object("metadata")!.String("name"));
        Assert.NotEqual(a.Object("metadata")!.String("name"), b.Object("metadata")!.String("name"));
    }

    [Fact]
    public async Task Create_DryRun_StoresNothing()
    {
        var made = await _server.ExpectAsync(201, "POST", Maps + "?dryRun=All", """{"metadata":{"name":"c"}}""");
        Assert.Null(made.Object("metadata")!.String("resourceVersion"));
        await _server.ExpectAsync(404, "GET", Maps + "/c");
    }

    [Fact]
    public async Task Update_StaleRevision_Conflict()
    {
        var made = await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        await _server.ExpectAsync(200, "PUT", Maps + "/c", """{"metadata":{"name":"c"},"data":{"a":"2"}}""");
        made.Object("data")!["a"] = "3";
        var refused = await _server.ExpectAsync(409, "PUT", Maps + "/c", made.ToString());
        Assert.Equal("Conflict", refused.String("reason"));
    }

    [Fact]
    public async Task Update_SameContent_KeepsRevision()
    {
        var made = await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        var same = await _server.ExpectAsync(200, "PUT", Maps + "/c", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        Assert.Equal(made.Object("metadata")!.String("resourceVersion"), same.Object("metadata")!.String("resourceVersion"));
    }

    [Fact]
    public async Task Patch_AllWriters_NoneLost()
    {
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{}}""");
        var patches = Enumerable.Range(0, 40).Select(i => _server.Client.PatchAsync(
            new ResourcePath("", "v1", "configmaps", "n", "c"), PatchKind.Merge,
            Encoding.UTF8.GetBytes($$$"""{"data":{"k{{{i}}}":"v"}}"""), WriteOptions.Default, TestContext.Current.CancellationToken));
        foreach (var result in await Task.WhenAll(patches))
        {
            Assert.True(result.Ok, result.Error?.Message);
        }
        var read = await _server.ExpectAsync(200, "GET", Maps + "/c");
        Assert.Equal(40, read.Object("data")!.Count);
    }

    [Theory]
    [InlineData("application/merge-patch+json", """{"data":{"a":null,"c":"3"}}""")]
    [InlineData("application/strategic-merge-patch+json", """{"data":{"a":null,"c":"3"}}""")]
    [InlineData("application/json-patch+json", """[{"op":"remove","path":"/data/a"},{"op":"add","path":"/data/c","value":"3"}]""")]
    public async Task Patch_EachKind_ChangesData(string type, string patch)
    {
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1","b":"2"}}""");
        var patched = await _server.ExpectAsync(200, "PATCH", Maps + "/c", patch, type);
        Assert.True(patched.Object("data")!.DeepEquals(JsonTree.Parse("""{"b":"2","c":"3"}""")), patched.ToString());
    }

    [Fact]
    public async Task Delete_WithFinalizer_WaitsForIt()
    {
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c","finalizers":["a.b/c"]}}""");
        var marked = await _server.ExpectAsync(200, "DELETE", Maps + "/c");
        Assert.NotNull(marked.Object("metadata")!.String("deletionTimestamp"));
        await _server.ExpectAsync(200, "GET", Maps + "/c");
        await _server.ExpectAsync(200, "PATCH", Maps + "/c", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await _server.ExpectAsync(404, "GET", Maps + "/c");
    }

    [Fact]
    public async Task Delete_Collection_OnlySelected()
    {
        for (var i = 0; i < 4; i++)
        {
            await _server.ExpectAsync(201, "POST", Maps, $$$"""{"metadata":{"name":"c{{{i}}}","labels":{"even":"{{{(i % 2 == 0 ? "yes" : "no")}}}"} } }""");
        }
        await _server.ExpectAsync(200, "DELETE", Maps + "?labelSelector=even%3Dyes");
        var left = await _server.ExpectAsync(200, "GET", Maps);
        Assert.Equal(["c1", "c3"], left.Array("items")!.Select(item => ((JsonObject)item).Object("metadata")!.String("name")));
    }

    [Fact]
    public async Task List_Pages_OneSnapshot()
    {
        for (var i = 0; i < 7; i++)
        {
            await _server.ExpectAsync(201, "POST", Maps, $$$"""{"metadata":{"name":"c{{{i}}}"}}""");
        }
        var page = await _server.ExpectAsync(200, "GET", Maps + "?limit=3");
        Assert.Equal(4, page.Object("metadata")!.Int("remainingItemCount"));
        // What comes and goes between the pages is not seen.
        await _server.ExpectAsync(200, "DELETE", Maps + "/c4");
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c3a"}}""");
        var names = Names(page);
        while (page.Object("metadata")!.String("continue") is { } token)
        {
            page = await _server.ExpectAsync(200, "GET", $"{Maps}?limit=3&continue={token}");
            names.AddRange(Names(page));
        }
        Assert.Equal(["c0", "c1", "c2", "c3", "c4", "c5", "c6"], names);
        Assert.False(((JsonObject)page.Array("items")![0]).ContainsKey("kind"));
    }

    [Fact]
    public async Task List_PagesOfNamespacesWithOneAnothersNames_ShowEachObjectOnce()
    {
        // In the store's order n-b comes before n, because '-' sorts before '/'.
        await _server.NamespaceAsync("n-b");
        foreach (var (ns, name) in new[] { ("n", "a"), ("n", "z"), ("n-b", "a"), ("n-b", "m"), ("n-b", "z") })
        {
            await _server.ExpectAsync(201, "POST", $"/api/v1/namespaces/{ns}/configmaps", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        }
        var page = await _server.ExpectAsync(200, "GET", "/api/v1/configmaps?limit=1");
        var seen = Names(page);
        while (page.Object("metadata")!.String("continue") is { } token)
        {
            page = await _server.ExpectAsync(200, "GET", $"/api/v1/configmaps?limit=1&continue={token}");
            seen.AddRange(Names(page));
        }
        Assert.Equal(["a", "m", "z", "a", "z"], seen);
    }

    [Fact]
    public async Task TypedClient_RoundTrip_Works()
    {
        var ct = TestContext.Current.CancellationToken;
        var made = await _server.Client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "t", Namespace = "n" } }, ct);
        Assert.True(made.Ok, made.Error?.Message);
        var list = await _server.Client.ListAsync<ConfigMap>("n", ListOptions.All, ct);
        Assert.Equal("t", Assert.Single(list.Value.Items).Metadata.Name);
        var deleted = await _server.Client.DeleteAsync<ConfigMap>("n", "t", DeleteRequest.Default, ct);
        Assert.True(deleted.Ok);
        Assert.True((await _server.Client.GetAsync<ConfigMap>("n", "t", ct)).IsNotFound);
    }

    private static List<string> Names(JsonObject list) =>
        [.. list.Array("items")!.Select(static item => ((JsonObject)item).Object("metadata")!.String("name")!)];
}
