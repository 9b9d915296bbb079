using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Tables;

namespace Proa.ApiServer.Tests;

/// <summary>Which form and encoding an answer has, by the request's Accept header, query and client.</summary>
public sealed class AcceptTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/n/configmaps";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(static options => options with { Tables = new TableRenderer(TimeProvider.System) });
        await _server.NamespaceAsync("n");
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io", "Table", "meta.k8s.io/v1")]
    [InlineData("application/json;as=Table;v=v1beta1;g=meta.k8s.io", "Table", "meta.k8s.io/v1beta1")]
    [InlineData("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", "ConfigMapList", "v1")]
    [InlineData("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "PartialObjectMetadataList", "meta.k8s.io/v1")]
    [InlineData("application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io", "PartialObjectMetadataList", "meta.k8s.io/v1beta1")]
    [InlineData("application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", "Table", "meta.k8s.io/v1")]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io;q=none,application/json;q=0.1", "ConfigMapList", "v1")]
    [InlineData("text/html,application/json", "ConfigMapList", "v1")]
    [InlineData("*/*", "ConfigMapList", "v1")]
    [InlineData("application/*;q=0.9", "ConfigMapList", "v1")]
    public async Task List_ByAccept_HasForm(string accept, string kind, string version)
    {
        var (code, body) = await _server.SendAsync("GET", Maps, accept: accept);
        Assert.Equal(200, code);
        var list = Assert.IsType<JsonObject>(body);
        Assert.Equal((kind, version), (list.String("kind"), list.String("apiVersion")));
        if (kind == "Table")
        {
            var row = Assert.IsType<JsonObject>(Assert.Single(list.Array("rows")!));
            Assert.Equal(version, row.Object("object")!.String("apiVersion"));
        }
    }

    [Theory]
    [InlineData("?x", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", 406, "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)")]
    [InlineData("/c", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", 406, "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)")]
    [InlineData("?includeObject=All", "application/json;as=Table;v=v1;g=meta.k8s.io", 400, "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty")]
    [InlineData("?x", "application/json;as=Thing;v=v1;g=meta.k8s.io", 406, "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf")]
    [InlineData("?watch=1", "application/yaml", 406, "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch")]
    public async Task Get_FormThatIsNotThere_Refused(string path, string accept, int code, string message)
    {
        var (answered, _, text) = await AskAsync(Maps + path, accept, "test/1");
        Assert.Equal(code, answered);
        Assert.Contains(message, text.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("None", "null")]
    [InlineData("Metadata", "PartialObjectMetadata")]
    [InlineData("Object", "ConfigMap")]
    public async Task Table_IncludeObject_IsInItsRow(string include, string kind)
    {
        var table = await _server.SendAsync("GET", $"{Maps}/c?includeObject={include}", accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
        var row = (JsonObject)((JsonObject)table.Body!).Array("rows")![0];
        Assert.Equal(kind, row.Object("object")?.String("kind") ?? "null");
    }

    [Theory]
    [InlineData("curl/8.0", "", true)]
    [InlineData("Wget/1.21", "", true)]
    [InlineData("Mozilla/5.0 (X11)", "", true)]
    [InlineData("kubectl/v1.36.0", "", false)]
    [InlineData("curl/8.0", "?pretty=false", false)]
    [InlineData("curl/8.0", "?pretty=no", false)]
    [InlineData("kubectl/v1.36.0", "?pretty=1", true)]
    [InlineData("kubectl/v1.36.0", "?pretty=true", true)]
    public async Task Get_ByClientAndQuery_IsIndented(string agent, string query, bool indented)
    {
        foreach (var path in (string[])[Maps + "/c", Maps, Maps + "/none"])
        {
            var (_, type, text) = await AskAsync(path + query, "application/json", agent);
            Assert.Equal("application/json", type);
            Assert.True(text.StartsWith("{\n  \"", StringComparison.Ordinal) == indented, $"{path}{query}: {text}");
        }
    }

    [Fact]
    public async Task Get_PrettyByAccept_IsIndented()
    {
        var (_, _, text) = await AskAsync(Maps + "/c", "application/json;pretty=1", "test/1");
        Assert.StartsWith("{\n  \"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Maps + "/c", 200, "kind: ConfigMap\n")]
    [InlineData(Maps, 200, "kind: ConfigMapList\n")]
    [InlineData(Maps + "/none", 404, "kind: Status\n")]
    public async Task Get_InYaml_IsYaml(string path, int code, string part)
    {
        var (answered, type, text) = await AskAsync(path, "application/yaml", "curl/8.0");
        Assert.Equal((code, "application/yaml"), (answered, type));
        Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_ToClientThatWantsOnlyTables_IsIndentedJson()
    {
        var (code, type, text) = await AskAsync(Maps + "/none", "application/json;as=Table;v=v1;g=meta.k8s.io", "test/1");
        Assert.Equal((404, "application/json"), (code, type));
        Assert.StartsWith("{\n  \"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AsTable_ColumnsComeOnceAndBookmarksAreRows()
    {
        var query = "?watch=1&allowWatchBookmarks=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1";
        var (code, type, text) = await AskAsync(Maps + query, "application/json;as=Table;v=v1;g=meta.k8s.io", "curl/8.0");
        Assert.Equal((200, "application/json"), (code, type));
        var events = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonTree.ParseObject(Encoding.UTF8.GetBytes(line))).ToList();
        Assert.Equal(["ADDED", "BOOKMARK"], events.Select(e => e.String("type")).Take(2));
        Assert.NotEmpty(events[0].Object("object")!.Array("columnDefinitions")!);
        var bookmark = events[1].Object("object")!;
        Assert.Equal("Table", bookmark.String("kind"));
        Assert.Null(bookmark.Array("columnDefinitions"));
        var told = ((JsonObject)Assert.Single(bookmark.Array("rows")!)).Object("object")!.Object("metadata")!;
        Assert.Equal("true", told.Object("annotations")!.String("k8s.io/initial-events-end"));
        Assert.NotNull(told.String("resourceVersion"));
    }

    private async Task<(int Code, string? Type, string Text)> AskAsync(string path, string accept, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var response = await _server.Http.SendAsync(request);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsStringAsync());
    }
}
