using System.Text;
using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Tests.Webhooks;

public sealed class AdmissionWebhookTests
{
    private const string Rules = """[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["*"]}]""";

    [Fact]
    public async Task Validate_Denied_AnswersInTheOriginalsWords()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/deny", _ => JsonTree.ParseObject("""{"allowed":false,"status":{"code":403,"message":"not today","reason":"Forbidden"}}"""u8));
        await ConfigureAsync(server, "Validating", $$"""{"name":"v.example.com","clientConfig":{{hooks.Config("/deny")}},"rules":{{Rules}},"sideEffects":"None","admissionReviewVersions":["v1"]}""");

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/configmaps?fieldManager=me", """{"metadata":{"name":"m"},"data":{"k":"v"}}""");

        Assert.Equal("admission webhook \"v.example.com\" denied the request: not today", answer.String("message"));
        Assert.Equal("Forbidden", answer.String("reason"));
        var request = hooks.Seen.Single().Review.Object("request")!;
        Assert.Equal("CREATE", request.String("operation"));
        Assert.Equal("""{"group":"","version":"v1","kind":"ConfigMap"}""", request["kind"]!.ToString());
        Assert.Equal("""{"group":"","version":"v1","resource":"configmaps"}""", request["requestResource"]!.ToString());
        Assert.Equal("m", request.String("name"));
        Assert.Equal("a", request.String("namespace"));
        Assert.False(request.Bool("dryRun"));
        Assert.Equal("v", request.Object("object")!.Object("data")!.String("k"));
        Assert.Equal("ConfigMap", request.Object("object")!.String("kind"));
        Assert.IsType<JsonNull>(request["oldObject"]);
        Assert.Equal("""{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"me"}""", request["options"]!.ToString());
    }

    [Fact]
    public async Task Mutate_Patch_ChangesWhatIsStoredAndWarns()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/add", _ => new JsonObject { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Patch("""[{"op":"add","path":"/data/added","value":"1"}]"""), ["warnings"] = new JsonArray(["careful"]) });
        await ConfigureAsync(server, "Mutating", Hook(hooks, "m.example.com", "/add"));

        using var body = new StringContent("""{"metadata":{"name":"m"},"data":{"k":"v"}}""", Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync("/api/v1/namespaces/a/configmaps", body, TestContext.Current.CancellationToken);

        Assert.Equal(["299 - \"careful\""], response.Headers.GetValues("Warning"));
        var stored = await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/configmaps/m");
        Assert.Equal("1", stored.Object("data")!.String("added"));
    }

    [Fact]
    public async Task Mutate_LaterChange_AsksTheReinvocableAgain()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/first", request => request.Object("object")!.Object("data")!.ContainsKey("second")
            ? new JsonObject { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Patch("""[{"op":"add","path":"/data/again","value":"1"}]""") }
            : new JsonObject { ["allowed"] = true });
        hooks.Respond("/second", _ => new JsonObject { ["allowed"] = true, ["patchType"] = "JSONPatch", ["patch"] = Patch("""[{"op":"add","path":"/data/second","value":"1"}]""") });
        await ConfigureAsync(server, "Mutating", Hook(hooks, "one.example.com", "/first", "\"reinvocationPolicy\":\"IfNeeded\","), Hook(hooks, "two.example.com", "/second"));

        var made = await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"},"data":{"k":"v"}}""");

        Assert.Equal("1", made.Object("data")!.String("again"));
        Assert.Equal(["/first", "/second", "/first"], hooks.Seen.Select(seen => seen.Path));
    }

    [Fact]
    public async Task Call_NobodyThere_FailsOrIsIgnoredAsThePolicySays()
    {
        await using var server = await ServerAsync();
        const string Nowhere = """{"url":"https://127.0.0.1:1/x"}""";
        await ConfigureAsync(server, "Validating", $$"""{"name":"v.example.com","clientConfig":{{Nowhere}},"rules":{{Rules}},"sideEffects":"None","admissionReviewVersions":["v1"],"timeoutSeconds":3}""");

        var failed = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        Assert.Equal(
            "Internal error occurred: failed calling webhook \"v.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=3s\": dial tcp 127.0.0.1:1: connect: connection refused",
            failed.String("message"));

        await server.ExpectAsync(200, "DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks");
        await ConfigureAsync(server, "Validating", $$"""{"name":"v.example.com","clientConfig":{{Nowhere}},"rules":{{Rules}},"sideEffects":"None","admissionReviewVersions":["v1"],"failurePolicy":"Ignore"}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
    }

    [Theory]
    [InlineData(200, "", "failed to call webhook: 0-length response with status code: 200 and content type: application/json")]
    [InlineData(500, "boom", "failed to call webhook: an error on the server (\"unknown\") has prevented the request from succeeding")]
    [InlineData(503, """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"down","code":503}""", "failed to call webhook: down")]
    [InlineData(200, """{"kind":"Foo","apiVersion":"admission.k8s.io/v1"}""", "failed to call webhook: no kind \"Foo\" is registered for version \"admission.k8s.io/v1\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\"")]
    [InlineData(200, """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","response":{"allowed":true}}""", "failed to call webhook: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion")]
    [InlineData(200, """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"allowed":true,"patchType":"JSONPatch","patch":"%%"}}""", "failed to call webhook: illegal base64 data at input byte 0")]
    public async Task Call_WithAnAnswerThatIsNone_SaysWhatItWas(int code, string body, string message)
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Answer("/x", _ => Task.FromResult((code, body)));
        await ConfigureAsync(server, "Mutating", Hook(hooks, "v.example.com", "/x"));
        var failed = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        Assert.Equal($"Internal error occurred: failed calling webhook \"v.example.com\": {message}", failed.String("message"));
    }

    [Fact]
    public async Task Review_ObjectAndOptions_AreThoseOfTheOperation()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/x", _ => new JsonObject { ["allowed"] = true });
        await ConfigureAsync(server, "Mutating", Hook(hooks, "v.example.com", "/x"));
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        await server.ExpectAsync(200, "PATCH", "/api/v1/namespaces/a/configmaps/m?fieldManager=me", """{"data":{"a":"b"}}""", "application/merge-patch+json");
        await server.ExpectAsync(200, "PATCH", "/api/v1/namespaces/a/configmaps/m?fieldManager=me", """{"data":{"a":"b"}}""", "application/merge-patch+json");
        var reviews = hooks.Seen.Select(static seen => seen.Review.Object("request")!).ToList();

        // One that changes nothing is asked about, too.
        Assert.Equal(["CreateOptions", "UpdateOptions", "UpdateOptions"], reviews.Select(static review => review.Object("options")!.String("kind")));
        Assert.False(reviews[0].Object("object")!.Object("metadata")!.ContainsKey("uid"));
        Assert.True(reviews[1].Object("object")!.Object("metadata")!.ContainsKey("uid"));
    }

    [Fact]
    public async Task Call_TooSlow_FailsAtItsTimeout()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        var release = new TaskCompletionSource();
        hooks.Answer("/slow", async _ =>
        {
            await release.Task;
            return (200, "{}");
        });
        await ConfigureAsync(server, "Validating", Hook(hooks, "v.example.com", "/slow", "\"timeoutSeconds\":1,"));

        var answer = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        release.SetResult();

        Assert.EndsWith("?timeout=1s\": context deadline exceeded", answer.String("message"));
    }

    [Fact]
    public async Task DryRun_WebhookWithoutSideEffectsThen_IsAsked()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        await ConfigureAsync(server, "Mutating", Hook(hooks, "m.example.com", "/x").Replace("\"None\"", "\"NoneOnDryRun\"", StringComparison.Ordinal));
        hooks.Respond("/x", request => new JsonObject { ["allowed"] = request.Bool("dryRun") == true });

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps?dryRun=All", """{"metadata":{"name":"m"}}""");
    }

    [Fact]
    public async Task Match_SelectorsAndDelete_OnlyThoseConcerned()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/x", request => new JsonObject { ["allowed"] = request.String("operation") != "DELETE" });
        await ConfigureAsync(server, "Validating", Hook(hooks, "v.example.com", "/x", "\"objectSelector\":{\"matchLabels\":{\"guard\":\"yes\"}},"));

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"free"}}""");
        Assert.Empty(hooks.Seen);
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"held","labels":{"guard":"yes"}}}""");
        var refused = await server.ExpectAsync(400, "DELETE", "/api/v1/namespaces/a/configmaps/held");

        Assert.Equal("admission webhook \"v.example.com\" denied the request without explanation", refused.String("message"));
        Assert.Equal("held", hooks.Seen.Last().Review.Object("request")!.Object("oldObject")!.Object("metadata")!.String("name"));
    }

    [Fact]
    public async Task Match_Conditions_OnlyWhereAllHold()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/x", _ => new JsonObject { ["allowed"] = false });
        await ConfigureAsync(server, "Validating", Hook(hooks, "v.example.com", "/x", "\"matchConditions\":[{\"name\":\"c\",\"expression\":\"object.metadata.name.startsWith('held')\"}],"));

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"free"}}""");
        await server.ExpectAsync(400, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"held"}}""");
    }

    [Fact]
    public async Task Service_WithEndpoints_IsAskedThere()
    {
        await using var hooks = await HookServer.StartAsync();
        await using var server = await ServerAsync();
        hooks.Respond("/path", _ => new JsonObject { ["allowed"] = false });
        await ConfigureAsync(server, "Validating", Hook(hooks, "v.example.com", "/x")
            .Replace(hooks.Config("/x"), $$"""{"service":{"namespace":"a","name":"hook","path":"/path","port":8443},"caBundle":"{{hooks.CaBundle}}" }""", StringComparison.Ordinal));

        var absent = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        Assert.Equal(
            "Internal error occurred: failed calling webhook \"v.example.com\": failed to call webhook: Post \"https://hook.a.svc:8443/path?timeout=10s\": service \"hook\" not found",
            absent.String("message"));

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/services", """{"metadata":{"name":"hook"},"spec":{"ports":[{"name":"https","port":8443}]}}""");
        // The API takes no loopback address there.
        var slice = $$"""{"metadata":{"name":"hook-1","labels":{"kubernetes.io/service-name":"hook"} },"ports":[{"name":"https","port":{{hooks.Port}} }],"endpoints":[{"addresses":["127.0.0.1"]}]}""";
        await server.Store.WriteAsync(new WriteRequest
        {
            Key = new ObjectKey("endpointslices.discovery.k8s.io", "a", "hook-1"),
            Kind = WriteKind.Create,
            Json = Encoding.UTF8.GetBytes(slice),
            RevisionOffset = slice.IndexOf("\"name\"", StringComparison.Ordinal),
            Index = new ObjectIndex { Labels = [new("kubernetes.io/service-name", "hook")] },
        }, TestContext.Current.CancellationToken);
        await server.ExpectAsync(400, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        Assert.Equal("/path", hooks.Seen.Last().Path);
    }

    [Fact]
    public async Task Configuration_OfWebhooks_IsNeverHeldBack()
    {
        await using var server = await ServerAsync();
        await ConfigureAsync(server, "Validating", """{"name":"v.example.com","clientConfig":{"url":"https://127.0.0.1:1/x"},"rules":[{"apiGroups":["*"],"apiVersions":["*"],"resources":["*"],"operations":["*"]}],"sideEffects":"None","admissionReviewVersions":["v1"]}""");

        await server.ExpectAsync(200, "DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks");
    }

    private static string Hook(HookServer hooks, string name, string path, string more = "") =>
        $$"""{"name":"{{name}}",{{more}}"clientConfig":{{hooks.Config(path)}},"rules":{{Rules}},"sideEffects":"None","admissionReviewVersions":["v1"]}""";

    private static string Patch(string operations) => Convert.ToBase64String(Encoding.UTF8.GetBytes(operations));

    private static async Task<TestServer> ServerAsync()
    {
        var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        return server;
    }

    private static Task ConfigureAsync(TestServer server, string kind, params string[] webhooks) => ConfigureAsync(server, kind, webhooks, 201);

    private static async Task ConfigureAsync(TestServer server, string kind, string[] webhooks, int code) =>
        await server.ExpectAsync(code, "POST", $"/apis/admissionregistration.k8s.io/v1/{kind.ToLowerInvariant()}webhookconfigurations",
            $$"""{"metadata":{"name":"hooks"},"webhooks":[{{string.Join(",", webhooks)}}]}""");
}
