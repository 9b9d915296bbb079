namespace Proa.ApiServer.Tests.Webhooks;

public sealed class SelectableFieldsTests
{
    [Fact]
    public async Task List_BySelectableField_OnlyThose()
    {
        await using var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", """
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,"selectableFields":[{"jsonPath":".spec.color"}],
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"color":{"type":"string"}}}}}}}]}}
            """);
        foreach (var (name, color) in new[] { ("a", "red"), ("b", "blue") })
        {
            await server.ExpectAsync(201, "POST", "/apis/example.com/v1/namespaces/default/things",
                $$"""{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"{{name}}"},"spec":{"color":"{{color}}"} }""");
        }

        var list = await server.ExpectAsync(200, "GET", "/apis/example.com/v1/namespaces/default/things?fieldSelector=spec.color%3Dblue");
        var refused = await server.ExpectAsync(400, "GET", "/apis/example.com/v1/namespaces/default/things?fieldSelector=spec.size%3D1");

        Assert.Equal("b", ((Proa.Api.Json.JsonObject)Assert.Single(list.Array("items")!)).Object("metadata")!.String("name"));
        Assert.Equal("field label not supported: spec.size", refused.String("message"));
    }
}
