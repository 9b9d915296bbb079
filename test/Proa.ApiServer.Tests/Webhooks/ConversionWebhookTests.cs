using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Webhooks;

public sealed class ConversionWebhookTests
{
    private const string Things = "/apis/example.com/v1/namespaces/default/things";

    [Fact]
    public async Task Convert_ServedVersions_EachShowsItsOwnShape()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await StartAsync(hooks);
        hooks.Answer("/convert", review => Task.FromResult((200, Answer(review, Convert))));

        await server.ExpectAsync(201, "POST", Things, """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"host":"h","port":1}}""");

        var old = await server.ExpectAsync(200, "GET", Things.Replace("v1", "v1beta1", StringComparison.Ordinal) + "/t");
        Assert.Equal("h:1", old.Object("spec")!.String("hostPort"));
        var list = await server.ExpectAsync(200, "GET", Things);
        Assert.Equal("h", ((JsonObject)list.Array("items")![0]).Object("spec")!.String("host"));
        // What was stored is in the storage version.
        var stored = server.Store.Get(new("things.example.com", "default", "t"))!;
        Assert.Equal("example.com/v1beta1", JsonTree.ParseObject(stored.Json.Span).String("apiVersion"));
    }

    [Fact]
    public async Task Convert_List_IsOneCall()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await StartAsync(hooks);
        hooks.Answer("/convert", review => Task.FromResult((200, Answer(review, Convert))));
        for (var i = 0; i < 3; i++)
        {
            await server.ExpectAsync(201, "POST", Things.Replace("v1", "v1beta1", StringComparison.Ordinal),
                $$"""{"apiVersion":"example.com/v1beta1","kind":"Thing","metadata":{"name":"t{{i}}"},"spec":{"hostPort":"h:1"} }""");
        }
        Assert.Empty(hooks.Seen);

        await server.ExpectAsync(200, "GET", Things);
        await server.ExpectAsync(200, "GET", Things);

        var review = Assert.Single(hooks.Seen).Review;
        Assert.Equal(3, review.Object("request")!.Array("objects")!.Count);
        Assert.Equal("example.com/v1", review.Object("request")!.String("desiredAPIVersion"));
    }

    [Fact]
    public async Task Convert_WebhookFails_AnswersSo()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await StartAsync(hooks);
        hooks.Answer("/convert", review => Task.FromResult((200, new JsonObject
        {
            ["kind"] = "ConversionReview",
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["response"] = new JsonObject { ["uid"] = review.Object("request")!["uid"], ["result"] = new JsonObject { ["status"] = "Failure", ["message"] = "no" } },
        }.ToString())));

        var answer = await server.ExpectAsync(500, "POST", Things, """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"host":"h","port":1}}""");

        Assert.Equal("conversion webhook for example.com/v1, Kind=Thing failed: no", answer.String("message"));
    }

    [Fact]
    public async Task Convert_NameChanged_Refused()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await StartAsync(hooks);
        hooks.Answer("/convert", review => Task.FromResult((200, Answer(review, (obj, version) =>
        {
            obj["apiVersion"] = version;
            obj.Object("metadata")!["name"] = "other";
            return obj;
        }))));

        var answer = await server.ExpectAsync(500, "POST", Things, """{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"host":"h","port":1}}""");

        Assert.Equal("conversion webhook for example.com/v1, Kind=Thing returned invalid object: must have the same name: t != other", answer.String("message"));
    }

    [Fact]
    public async Task StorageVersion_Changed_OldObjectsAreStillShown()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await StartAsync(hooks);
        hooks.Answer("/convert", review => Task.FromResult((200, Answer(review, Convert))));
        await server.ExpectAsync(201, "POST", Things.Replace("v1", "v1beta1", StringComparison.Ordinal),
            """{"apiVersion":"example.com/v1beta1","kind":"Thing","metadata":{"name":"t"},"spec":{"hostPort":"h:1"}}""");
        await server.ExpectAsync(200, "PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com",
            """[{"op":"replace","path":"/spec/versions/0/storage","value":false},{"op":"replace","path":"/spec/versions/1/storage","value":true}]""", "application/json-patch+json");
        await CustomServer.UntilAsync(() => server.Server.Types.ForCollection("things.example.com")?.Type.Version == "v1");

        var now = await server.ExpectAsync(200, "GET", Things + "/t");
        Assert.Equal("h", now.Object("spec")!.String("host"));
        await server.ExpectAsync(200, "PATCH", Things + "/t", """{"spec":{"port":2}}""", "application/merge-patch+json");
        var stored = server.Store.Get(new("things.example.com", "default", "t"))!;
        Assert.Equal("example.com/v1", JsonTree.ParseObject(stored.Json.Span).String("apiVersion"));
    }

    [Theory]
    [InlineData("""{"strategy":"Webhook"}""",
        "[spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook, spec.conversion.conversionReviewVersions: Required value]")]
    [InlineData("""{"strategy":"None","webhook":{"conversionReviewVersions":["v1"]}}""",
        "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook")]
    [InlineData("""{"strategy":"Webhook","webhook":{"clientConfig":{"url":"http://x"},"conversionReviewVersions":["v1"]}}""",
        "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]")]
    public async Task Define_ConversionThatCannotBe_Refused(string conversion, string because)
    {
        await using var server = await CustomServer.StartAsync();

        var answer = await server.ExpectAsync(422, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", $$"""
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},"conversion":{{conversion}},
            "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"} } }]} }
            """);

        Assert.Equal("CustomResourceDefinition.apiextensions.k8s.io \"things.example.com\" is invalid: " + because, answer.String("message"));
    }

    private static async Task<CustomServer> StartAsync(HookServer hooks)
    {
        var server = await CustomServer.StartAsync();
        await server.DefineAsync("things.example.com", $$"""
            {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
            "conversion":{"strategy":"Webhook","webhook":{"clientConfig":{{hooks.Config("/convert")}},"conversionReviewVersions":["v1"]} },
            "versions":[
            {"name":"v1beta1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"hostPort":{"type":"string"} } } } } } },
            {"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"integer"} } } } } } }]} }
            """);
        return server;
    }

    private static string Answer(JsonObject review, Func<JsonObject, string, JsonObject> convert)
    {
        var request = review.Object("request")!;
        return new JsonObject
        {
            ["kind"] = "ConversionReview",
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["response"] = new JsonObject
            {
                ["uid"] = request["uid"],
                ["result"] = new JsonObject { ["status"] = "Success" },
                ["convertedObjects"] = new JsonArray(request.Array("objects")!.Cast<JsonObject>().Select(obj => convert(obj, request.String("desiredAPIVersion")!))),
            },
        }.ToString();
    }

    private static JsonObject Convert(JsonObject obj, string version)
    {
        var spec = obj.Object("spec") ?? [];
        if (version == "example.com/v1" && spec.String("hostPort")?.Split(':') is [var host, var port])
        {
            obj["spec"] = new JsonObject { ["host"] = host, ["port"] = int.Parse(port) };
        }
        else if (version == "example.com/v1beta1")
        {
            obj["spec"] = new JsonObject { ["hostPort"] = $"{spec.String("host")}:{spec.Int("port")}" };
        }
        obj["apiVersion"] = version;
        return obj;
    }
}
