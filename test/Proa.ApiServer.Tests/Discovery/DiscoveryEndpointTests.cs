using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Discovery;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Tests.Discovery;

public sealed class DiscoveryEndpointTests
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    private readonly DiscoveryEndpoint _endpoint = new(TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn), "127.0.0.1:6443");

    [Fact]
    public async Task Aggregated_TellsTheSameAsTheSingleDocuments()
    {
        foreach (var root in (string[])["/api", "/apis"])
        {
            foreach (var group in (await GetAsync(root, Aggregated)).Array("items")!.Cast<JsonObject>())
            {
                var name = group.Object("metadata")!.String("name") ?? "";
                foreach (var version in group.Array("versions")!.Cast<JsonObject>())
                {
                    var single = await GetAsync(name.Length == 0 ? $"/api/{version.String("version")}" : $"/apis/{name}/{version.String("version")}", "");
                    var expected = single.Array("resources")!.Cast<JsonObject>().Select(r => r.String("name")).Order(StringComparer.Ordinal);
                    var actual = version.Array("resources")!.Cast<JsonObject>().SelectMany(Names).Order(StringComparer.Ordinal);
                    Assert.Equal(expected, actual);
                }
            }
        }
    }

    [Fact]
    public async Task Aggregated_HasATagAndItsContentType()
    {
        var answer = (BytesResponse)(await _endpoint.TryHandleAsync(Request("/apis", Aggregated), TestContext.Current.CancellationToken))!;
        Assert.Equal("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", answer.ContentType);
        Assert.Contains(answer.Headers, header => header.Key == "ETag" && header.Value.Length > 60);
    }

    [Theory]
    [InlineData("/apis/apps/v9")]
    [InlineData("/apis/apps/v1/deployments/x")]
    [InlineData("/api/v2")]
    public async Task Unknown_BelowAGroup_IsAMissingResource(string path)
    {
        var answer = Assert.IsType<BytesResponse>(await _endpoint.TryHandleAsync(Request(path, ""), TestContext.Current.CancellationToken));
        Assert.Equal((404, "the server could not find the requested resource"), (answer.Code, answer.Status?.Message));
    }

    [Theory]
    [InlineData("/apis/nope.example.com")]
    [InlineData("/apix")]
    public async Task Unknown_IsNotAnswered(string path) =>
        Assert.Null(await _endpoint.TryHandleAsync(Request(path, ""), TestContext.Current.CancellationToken));

    [Fact]
    public void VersionRank_SortsAsKubernetesDocuments()
    {
        string[] expected = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2"];
        Assert.Equal(expected, expected.Order(StringComparer.Ordinal).OrderByDescending(VersionRank.Of));
    }

    private static IEnumerable<string> Names(JsonObject resource) =>
    [
        resource.String("resource")!,
        .. (resource.Array("subresources") ?? []).Cast<JsonObject>().Select(sub => $"{resource.String("resource")}/{sub.String("subresource")}"),
    ];

    private async Task<JsonObject> GetAsync(string path, string accept)
    {
        var answer = await _endpoint.TryHandleAsync(Request(path, accept), TestContext.Current.CancellationToken);
        return JsonTree.ParseObject(Assert.IsType<BytesResponse>(answer).Body.Span);
    }

    private static ApiRequest Request(string path, string accept) =>
        new() { Method = "GET", Info = new("get", path), User = UserInfo.Anonymous, Accept = accept };
}
