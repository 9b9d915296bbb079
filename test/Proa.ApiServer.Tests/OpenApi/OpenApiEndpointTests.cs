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

    [Theory]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/configmaps", "get", "listCoreV1NamespacedConfigMap", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/configmaps", "get", "listCoreV1ConfigMapForAllNamespaces", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/configmaps", "delete", "deleteCoreV1CollectionNamespacedConfigMap", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/watch/namespaces/{namespace}/configmaps/{name}", "get", "watchCoreV1NamespacedConfigMap", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/watch/configmaps", "get", "watchCoreV1ConfigMapListForAllNamespaces", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}", "options", "connectCoreV1OptionsNamespacedPodProxyWithPath", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/pods/{name}/log", "get", "readCoreV1NamespacedPodLog", "core_v1", "200 401")]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", "post", "createCoreV1NamespacedServiceAccountToken", "core_v1", "200 201 202 401")]
    [InlineData("api/v1", "/api/v1/", "get", "getCoreV1APIResources", "core_v1", "200 401")]
    [InlineData("apis/rbac.authorization.k8s.io/v1", "/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}", "patch", "patchRbacAuthorizationV1ClusterRole", "rbacAuthorization_v1", "200 201 401")]
    [InlineData("apis/apps", "/apis/apps/", "get", "getAppsAPIGroup", "apps", "200 401")]
    [InlineData("apis", "/apis/", "get", "getAPIVersions", "apis", "200 401")]
    [InlineData("version", "/version/", "get", "getCodeVersion", "version", "200 401")]
    public async Task V3_Operation_IsNamedAsGeneratorsExpect(string document, string path, string method, string id, string tag, string codes)
    {
        var index = (await GetAsync("/openapi/v3")).Object("paths")!;
        Assert.True(index.ContainsKey(document), document);
        var operation = (await GetAsync("/openapi/v3/" + document)).Object("paths")!.Object(path)!.Object(method)!;
        Assert.Equal((id, tag), (operation.String("operationId"), ((JsonString)operation.Array("tags")![0]).Value));
        Assert.Equal(codes, string.Join(' ', operation.Object("responses")!.Select(response => response.Key)));
    }

    [Fact]
    public async Task V3_Parameters_OfAllOperations_AreThePaths()
    {
        var path = (await GetAsync("/openapi/v3/api/v1")).Object("paths")!.Object("/api/v1/namespaces/{namespace}/configmaps/{name}")!;
        Assert.Equal("name path, namespace path, pretty query", Names(path));
        Assert.Equal("dryRun query, fieldManager query, fieldValidation query, force query", Names(path.Object("patch")!));
        Assert.Equal("", Names(path.Object("get")!));

        static string Names(JsonObject owner) =>
            string.Join(", ", (owner.Array("parameters") ?? []).Cast<JsonObject>().Select(parameter => $"{parameter.String("name")} {parameter.String("in")}"));
    }

    [Fact]
    public async Task Schemas_ListsAndDefaults_AreToldAsTheOriginalTellsThem()
    {
        var third = (await GetAsync("/openapi/v3/api/v1")).Object("components")!.Object("schemas")!;
        Assert.Equal("""{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"atomic"}""", Property(third, "Capabilities", "add"));
        Assert.Contains("\"items\":{\"$ref\":\"#/components/schemas/io.k8s.api.core.v1.EnvVar\"}", Property(third, "Container", "env"), StringComparison.Ordinal);
        Assert.DoesNotContain("list-type", Property(third, "ConfigMapList", "items"), StringComparison.Ordinal);
        Assert.Contains("\"default\":\"\"", Property(third, "Container", "name"), StringComparison.Ordinal);
        Assert.DoesNotContain("\"default\"", Property((await GetAsync("/openapi/v2")).Object("definitions")!, "Container", "name"), StringComparison.Ordinal);

        static string Property(JsonObject schemas, string kind, string name) =>
            schemas.Object("io.k8s.api.core.v1." + kind)!.Object("properties")![name]!.ToString();
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
