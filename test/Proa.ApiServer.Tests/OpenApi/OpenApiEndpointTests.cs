using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.OpenApi;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Tests.OpenApi;

public sealed class OpenApiEndpointTests
{
    private readonly OpenApiEndpoint _endpoint = new(TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn), SchemaRegistry.BuiltIn);

    [Fact]
    public async Task Index_EveryPath_LeadsToADocument()
    {
        var paths = (await GetAsync("/openapi/v3")).Object("paths")!;
        Assert.True(paths.ContainsKey("apis/apps/v1") && paths.ContainsKey("api/v1"));
        foreach (var (path, _) in paths)
        {
            var document = await GetAsync("/openapi/v3/" + path);
            AssertReferencesResolve(document, document.Object("components")!.Object("schemas")!, "#/components/schemas/");
        }
    }

    [Fact]
    public async Task V2_AllReferences_Resolve()
    {
        var document = await GetAsync("/openapi/v2");
        AssertReferencesResolve(document, document.Object("definitions")!, "#/definitions/");
    }

    [Fact]
    public async Task V3_Patch_SaysWhatClientsLookFor()
    {
        var document = await GetAsync("/openapi/v3/apis/apps/v1");
        var patch = document.Object("paths")!.Object("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")!.Object("patch")!;
        var parameters = patch.Array("parameters")!.Cast<JsonObject>().Select(p => p.String("name")).ToList();
        Assert.Contains("fieldValidation", parameters);
        Assert.Contains("dryRun", parameters);
        Assert.Equal("""{"group":"apps","kind":"Deployment","version":"v1"}""", patch["x-kubernetes-group-version-kind"]!.ToString());
        Assert.NotNull(patch.Object("requestBody")!.Object("content")!["application/strategic-merge-patch+json"]);
        var containers = document.Object("components")!.Object("schemas")!.Object("io.k8s.api.core.v1.PodSpec")!.Object("properties")!.Object("containers")!;
        Assert.Equal("merge", containers.String("x-kubernetes-patch-strategy"));
        Assert.Equal("name", containers.String("x-kubernetes-patch-merge-key"));
    }

    [Fact]
    public async Task V3_UnknownVersion_IsNotAnswered() =>
        Assert.Null(await _endpoint.TryHandleAsync(Request("/openapi/v3/apis/nope/v1"), TestContext.Current.CancellationToken));

    private static void AssertReferencesResolve(JsonValue value, JsonObject schemas, string root)
    {
        switch (value)
        {
            case JsonObject members:
                foreach (var (name, member) in members)
                {
                    if (name == "$ref" && member is JsonString reference)
                    {
                        Assert.StartsWith(root, reference.Value);
                        Assert.True(schemas.ContainsKey(reference.Value[root.Length..]), reference.Value);
                    }
                    AssertReferencesResolve(member, schemas, root);
                }
                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    AssertReferencesResolve(item, schemas, root);
                }
                break;
        }
    }

    private async Task<JsonObject> GetAsync(string path)
    {
        var answer = await _endpoint.TryHandleAsync(Request(path), TestContext.Current.CancellationToken);
        return JsonTree.ParseObject(Assert.IsType<BytesResponse>(answer).Body.Span);
    }

    private static ApiRequest Request(string path) =>
        new() { Method = "GET", Info = new("get", path), User = UserInfo.Anonymous };
}
