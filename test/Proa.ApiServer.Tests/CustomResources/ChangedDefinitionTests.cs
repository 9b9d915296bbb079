using Proa.Api.Json;
using Proa.ApiServer.Tests.Webhooks;

namespace Proa.ApiServer.Tests.CustomResources;

public sealed class ChangedDefinitionTests
{
    private const string Definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com";
    private const string Things = "/apis/example.com/v1/namespaces/default/things";

    [Fact]
    public async Task Read_OfWhatAnOlderDefinitionLetThrough_HasTheDefaultsAndFieldsOfNow()
    {
        await using var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", """
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}}}]}}
            """);
        var old = await server.ExpectAsync(201, "POST", Things, """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"b":"1"}""");
        await ChangeAsync(server, """
            [{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/a/default","value":"A"},
            {"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/b"}]
            """);

        var read = await server.ExpectAsync(200, "GET", Things + "/t");
        var listed = (JsonObject)(await server.ExpectAsync(200, "GET", Things)).Array("items")![0];

        Assert.Equal(("A", null), (read.String("a"), read.String("b")));
        Assert.Equal(("A", null), (listed.String("a"), listed.String("b")));
        Assert.Equal(old.Object("metadata")!.String("resourceVersion"), read.Object("metadata")!.String("resourceVersion"));
        // To be as it is shown already is no change of what is wanted.
        var written = await server.ExpectAsync(200, "PATCH", Things + "/t", """{"a":"A"}""", "application/merge-patch+json");
        Assert.Equal((1L, "A", null), (written.Object("metadata")!.Int("generation"), written.String("a"), written.String("b")));
    }

    [Fact]
    public async Task Read_OfADefaultThatWasStored_OutlivesIt()
    {
        await using var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", """
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"type":"string","default":"A"}}}}}]}}
            """);
        await server.ExpectAsync(201, "POST", Things, """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"}}""");
        await ChangeAsync(server, """[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/a/default"}]""");

        Assert.Equal("A", (await server.ExpectAsync(200, "GET", Things + "/t")).String("a"));
    }

    [Fact]
    public async Task Definition_EmptyValuesOfInnerSchemas_AreNotKept()
    {
        await using var server = await CustomServer.StartAsync();
        var made = await server.ExpectAsync(201, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
            "l":{"type":"array","items":{"type":"object","title":"","nullable":false,"properties":{"a":{"type":"string","pattern":""}}}},
            "m":{"type":"object","additionalProperties":{"type":"string","format":""}},
            "o":{"type":"object","additionalProperties":true}}}}}]}}
            """);
        var properties = made.Object("spec")!.Array("versions")!.OfType<JsonObject>().Single().Object("schema")!.Object("openAPIV3Schema")!.Object("properties")!;
        Assert.Equal(
            """{"l":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string"}}}},"m":{"type":"object","additionalProperties":{"type":"string"}},"o":{"type":"object","additionalProperties":true}}""",
            properties.ToString());
    }

    [Fact]
    public async Task EmbeddedMetadata_UnknownField_IsTold()
    {
        await using var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", """
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{
            "template":{"type":"object","x-kubernetes-embedded-resource":true,"properties":{"spec":{"type":"object"}}}}}}}}}]}}
            """);
        var refused = await server.ExpectAsync(400, "POST", Things + "?fieldValidation=Strict", """
            {"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},
            "spec":{"template":{"apiVersion":"v1","kind":"Sub","metadata":{"name":"s","namespace":"n","other":1}}}}
            """);
        Assert.EndsWith("strict decoding error: unknown field \"spec.template.metadata.other\"", refused.String("message"), StringComparison.Ordinal);
    }

    private static async Task ChangeAsync(CustomServer server, string patch)
    {
        var before = server.Server.Types.ForCollection("things.example.com");
        await server.ExpectAsync(200, "PATCH", Definition, patch, "application/json-patch+json");
        await CustomServer.UntilAsync(() => !ReferenceEquals(server.Server.Types.ForCollection("things.example.com"), before));
    }
}
