using System.Net.Http.Headers;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Patches;

/// <summary>Answers of a Kubernetes 1.36 API server to patches, parameters and bodies that are wrong, and to some that look so.</summary>
public sealed class PatchAnswerTests(PatchAnswerTests.Fixture fixture) : IClassFixture<PatchAnswerTests.Fixture>
{
    private const string Merge = "application/merge-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string Operations = "application/json-patch+json";

    [Theory]
    [InlineData(Merge, "", "400 error decoding patch: unexpected end of JSON input")]
    [InlineData(Strategic, "", "400 unexpected end of JSON input")]
    [InlineData(Operations, "{", "400 error decoding patch: unexpected end of JSON input")]
    [InlineData(Merge, "null", "400 Invalid JSON Patch")]
    [InlineData(Strategic, "null", "200 ")]
    [InlineData(Operations, "null", "200 ")]
    [InlineData(Merge, "[]", "400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}")]
    [InlineData(Strategic, "\"x\"", "400 json: cannot unmarshal string into Go value of type map[string]interface {}")]
    [InlineData(Operations, "{}", "400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp")]
    [InlineData(Operations, "[1]", "400 error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp")]
    [InlineData(Operations, """[{"op":1}]""", "400 error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string")]
    [InlineData(Operations, """[{"op":"replace","path":"/metadata/nope","value":"z"}]""", "200 ")]
    [InlineData(Operations, """[{"op":"copy","from":"/nope","path":"/metadata/annotations"}]""", "200 ")]
    [InlineData(Operations, """[{"op":"add","path":"","value":{}}]""", "422 the server rejected our request due to an error in our request")]
    [InlineData(Operations, """[{"op":"remove","path":"/nope"}]""", "422 the server rejected our request due to an error in our request")]
    [InlineData(Merge, """{"metadata":null}""", "400 the name of the object (c based on URL) was undeterminable: name must be provided")]
    [InlineData(Merge, """{"metadata":{"name":"other"}}""", "400 the name of the object (other) does not match the name on the URL (c)")]
    [InlineData(Strategic, """{"metadata":{"namespace":"other"}}""", "400 the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData(Merge, """{"metadata":{"uid":"other"}}""", "422 ConfigMap \"c\" is invalid: metadata.uid: Invalid value: \"other\": field is immutable")]
    [InlineData(Merge, """{"metadata":{"resourceVersion":"x"}}""", "500 strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData(Strategic, """{"kind":"Foo","apiVersion":"v9"}""", "200 ")]
    [InlineData("application/apply-patch+json", "{}", "415 415: Unsupported Media Type")]
    public async Task Patch_OfAnObject_SameAnswer(string type, string body, string expected) =>
        Assert.Equal(expected, await fixture.SendAsync(HttpMethod.Patch, Fixture.Objects + "/c?dryRun=All", type, body));

    [Theory]
    [InlineData("dryRun=", "dryRun: Unsupported value: [\"\"]: supported values: \"All\"")]
    [InlineData("fieldValidation=x", "fieldValidation: Unsupported value: \"x\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"")]
    [InlineData("fieldManager=a%00b", "fieldManager: Invalid value: \"a\\x00b\": invalid character U+0000 (at position 1)")]
    [InlineData("force=true", "force: Forbidden: may not be specified for non-apply patch")]
    public async Task Patch_WrongParameter_IsRefused(string query, string cause) =>
        Assert.Equal($"422 PatchOptions.meta.k8s.io \"\" is invalid: {cause}", await fixture.SendAsync(HttpMethod.Patch, $"{Fixture.Objects}/c?{query}", Merge, "{}"));

    [Theory]
    [InlineData("", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)")]
    [InlineData("x", "couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value (78)")]
    [InlineData("""{"metadata":{"name":"q"}}{}""", """couldn't get version/kind; json parse error: invalid character '{' after top-level value ({"metadata":{"name":"q"}}{})""")]
    [InlineData("""{"kind":1}""", """couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})""")]
    [InlineData("""{"apiVersion":"a/b/c","kind":"ConfigMap"}""", """unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)""")]
    public async Task Create_UnreadableBody_SameAnswer(string body, string expected) =>
        Assert.Equal($"400 the object provided is unrecognized (must be of type ConfigMap): {expected}",
            await fixture.SendAsync(HttpMethod.Post, Fixture.Objects + "?dryRun=All", "application/json", body));

    [Fact]
    public async Task Create_KindNobodyKnows_SaysSo() => Assert.Equal(
        "400 ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        await fixture.SendAsync(HttpMethod.Post, Fixture.Objects + "?dryRun=All", "application/json", """{"kind":"ConfigMap","apiVersion":"v2","metadata":{"name":"q"}}"""));

    [Fact]
    public async Task Update_OfACollection_IsNoMethod()
    {
        Assert.StartsWith("405 ", await fixture.SendAsync(HttpMethod.Put, Fixture.Objects, "application/json", "{}"));
        Assert.StartsWith("405 ", await fixture.SendAsync(HttpMethod.Patch, Fixture.Objects, Merge, "{}"));
    }

    [Fact]
    public async Task Patch_EmptyManagedFields_ForgetsThem()
    {
        await fixture.SendAsync(HttpMethod.Patch, Fixture.Objects + "/c?dryRun=All", Merge, """{"metadata":{"managedFields":[]}}""");
        Assert.Null(fixture.Last.Object("metadata")!["managedFields"]);
    }

    /// <summary>One server for all; nothing but one object is stored.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public const string Objects = "/api/v1/namespaces/patches/configmaps";
        private WholeServer? _server;

        public JsonObject Last { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            _server = await WholeServer.StartAsync();
            Assert.StartsWith("201", await SendAsync(HttpMethod.Post, "/api/v1/namespaces", "application/json", """{"metadata":{"name":"patches"}}"""));
            Assert.StartsWith("201", await SendAsync(HttpMethod.Post, Objects, "application/json", """{"metadata":{"name":"c"},"data":{"a":"b"}}"""));
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }

        public async Task<string> SendAsync(HttpMethod method, string path, string type, string body)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _server!.Token);
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Last = JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            return $"{(int)response.StatusCode} {Last.String("message")}";
        }
    }
}
