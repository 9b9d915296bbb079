using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Webhooks;

public sealed class DefinitionNamesTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Fact]
    public async Task Define_KindOfAnother_IsNotServedUntilThatOneIsGone()
    {
        await using var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", Definition("things", "Thing"));
        await server.ExpectAsync(201, "POST", Definitions, Definition("others", "Thing"));
        using var watch = server.Server.Store.Watch("customresourcedefinitions.apiextensions.k8s.io", null, server.Server.Store.Revision)!;
        var other = await server.ExpectAsync(200, "GET", Definitions + "/others.example.com");
        while (Condition(other, "NamesAccepted") is null)
        {
            await watch.Changes.ReadAsync(TestContext.Current.CancellationToken);
            other = await server.ExpectAsync(200, "GET", Definitions + "/others.example.com");
        }

        Assert.Equal("False", Condition(other, "NamesAccepted")!.String("status"));
        Assert.Equal("ListKindConflict", Condition(other, "NamesAccepted")!.String("reason"));
        Assert.Equal("NotAccepted", Condition(other, "Established")!.String("reason"));
        Assert.Null(server.Server.Types.ForCollection("others.example.com"));

        await server.ExpectAsync(200, "DELETE", Definitions + "/things.example.com");
        await CustomServer.UntilAsync(() => server.Server.Types.ForCollection("others.example.com") is not null);
    }

    private static JsonObject? Condition(JsonObject? definition, string type) =>
        definition?.Object("status")?.Array("conditions")?.OfType<JsonObject>().FirstOrDefault(item => item.String("type") == type);

    private static string Definition(string plural, string kind) => $$"""
        {"metadata":{"name":"{{plural}}.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"{{plural}}","singular":"{{plural}}-one","kind":"{{kind}}"},
        "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"} } }]} }
        """;
}
