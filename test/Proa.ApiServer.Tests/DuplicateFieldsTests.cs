namespace Proa.ApiServer.Tests;

public sealed class DuplicateFieldsTests : IAsyncLifetime
{
    private const string Map = "/api/v1/namespaces/n/configmaps/m";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.NamespaceAsync("n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Apply_KeyTwice_IsRefusedWithItsLineWhenStrict()
    {
        const string body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: one\n  a: two\n";
        const string path = Map + "?fieldManager=f&fieldValidation=";
        var refused = await _server.ExpectAsync(400, "PATCH", path + "Strict", body, "application/apply-patch+yaml");
        Assert.Equal(
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key \"a\" already set in map", refused.String("message"));
        await _server.ExpectAsync(404, "GET", Map);

        var made = await _server.ExpectAsync(201, "PATCH", path + "Warn", body, "application/apply-patch+yaml");
        Assert.Equal("two", made.Object("data")!.String("a"));
    }

    [Fact]
    public async Task Apply_OfWhatIsAlmostJson_IsReadAsYaml()
    {
        var made = await _server.ExpectAsync(201, "PATCH", Map + "?fieldManager=f", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"1",},}""", "application/apply-patch+yaml");
        Assert.Equal("1", made.Object("data")!.String("a"));
    }

    [Theory]
    [InlineData("application/merge-patch+json", """{"data":{"a":"x","a":"y"}}""", "strict decoding error: duplicate field \"data.a\"")]
    [InlineData("application/strategic-merge-patch+json", """{"data":{"a":"x","a":"y"},"dta":{}}""", "strict decoding error: duplicate field \"data.a\", unknown field \"dta\"")]
    [InlineData("application/json-patch+json", """[{"op":"add","op":"add","path":"/data","value":{},"why":1}]""",
        "strict decoding error: json patch duplicate field \"[0].op\", json patch unknown field \"[0].why\"")]
    public async Task Patch_FieldTwice_IsRefusedWhenStrictAndTakenOtherwise(string type, string patch, string problem)
    {
        await _server.ExpectAsync(201, "POST", "/api/v1/namespaces/n/configmaps", """{"metadata":{"name":"m"}}""");
        var refused = await _server.ExpectAsync(422, "PATCH", Map + "?fieldValidation=Strict", patch, type);
        Assert.EndsWith(problem, refused.String("message"), StringComparison.Ordinal);
        await _server.ExpectAsync(200, "PATCH", Map, patch, type);
    }
}
