using Proa.Api.Json;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Tests.Webhooks;

namespace Proa.ApiServer.Tests.Audit;

/// <summary>What admission and authentication note in the audit log, by the original's keys.</summary>
public sealed class AnnotationTests
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1/";
    private const string Rules = """[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["CREATE"]}]""";

    [Fact]
    public async Task Webhooks_Answers_AreNotedWithTheirRound()
    {
        using var audit = new AuditRecorder(AuditLevel.Request);
        await using var hooks = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(options => options with { Audit = audit.Log });
        await server.NamespaceAsync("a");
        hooks.Respond("/add", _ => JsonTree.ParseObject("""{"allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEiLCJ2YWx1ZSI6eyJhIjoiMSJ9fV0=","auditAnnotations":{"why":"so"}}"""u8));
        hooks.Answer("/down", _ => Task.FromResult((500, "")));
        hooks.Respond("/no", _ => JsonTree.ParseObject("""{"allowed":false}"""u8));
        await ConfigureAsync(server, "mutating", Hook(hooks, "m.example.com", "/add"), Hook(hooks, "n.example.com", "/down", ""","failurePolicy":"Ignore" """));
        await ConfigureAsync(server, "validating", Hook(hooks, "v.example.com", "/down", ""","failurePolicy":"Ignore" """), Hook(hooks, "w.example.com", "/no"));

        await server.ExpectAsync(400, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");

        var notes = audit.NotesOf("create", "configmaps", "m");
        Assert.Equal("so", notes.String("m.example.com/why"));
        Assert.Equal("""{"configuration":"hooks","webhook":"m.example.com","mutated":true}""", notes.String("mutation.webhook.admission.k8s.io/round_0_index_0"));
        Assert.Equal(
            """{"configuration":"hooks","webhook":"m.example.com","patch":[{"op":"add","path":"/data","value":{"a":"1"}}],"patchType":"JSONPatch"}""",
            notes.String("patch.webhook.admission.k8s.io/round_0_index_0"));
        Assert.Equal("""{"configuration":"hooks","webhook":"n.example.com","mutated":false}""", notes.String("mutation.webhook.admission.k8s.io/round_0_index_1"));
        Assert.Equal("n.example.com", notes.String("failed-open.mutation.webhook.admission.k8s.io/round_0_index_1"));
        Assert.Equal("v.example.com", notes.String("failed-open.validating.webhook.admission.k8s.io/round_0_index_0"));
    }

    [Fact]
    public async Task Webhooks_Patch_IsNotRecordedAtTheLevelMetadata()
    {
        using var audit = new AuditRecorder();
        await using var hooks = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(options => options with { Audit = audit.Log });
        await server.NamespaceAsync("a");
        hooks.Respond("/add", _ => JsonTree.ParseObject("""{"allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEiLCJ2YWx1ZSI6eyJhIjoiMSJ9fV0="}"""u8));
        await ConfigureAsync(server, "mutating", Hook(hooks, "m.example.com", "/add"));

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"generateName":"m","name":"m"}}""");

        Assert.Equal(["mutation.webhook.admission.k8s.io/round_0_index_0"], audit.NotesOf("create", "configmaps", "m").Keys);
    }

    [Fact]
    public async Task Policies_AuditAction_NotesTheFirstFailureAndTheAnnotations()
    {
        using var audit = new AuditRecorder();
        await using var server = await TestServer.StartAsync(options => options with { Audit = audit.Log });
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicies", $$"""
            {"metadata":{"name":"p"},"spec":{"matchConstraints":{"resourceRules":{{Rules}} },
            "validations":[{"expression":"true"},{"expression":"false","message":"one"},{"expression":"false","message":"two"}],
            "auditAnnotations":[{"key":"named","valueExpression":"'it is ' + object.metadata.name"},{"key":"nothing","valueExpression":"null"}]} }
            """);
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicybindings", """{"metadata":{"name":"b"},"spec":{"policyName":"p","validationActions":["Audit"]}}""");

        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");

        var notes = audit.NotesOf("create", "configmaps", "m");
        Assert.Equal(
            """[{"message":"one","policy":"p","binding":"b","expressionIndex":1,"validationActions":["Audit"]}]""",
            notes.String("validation.policy.admission.k8s.io/validation_failure"));
        Assert.Equal("it is m", notes.String("p/named"));
        Assert.False(notes.ContainsKey("p/nothing"));
    }

    [Fact]
    public async Task PodSecurity_PolicyViolationAndExemption_AreNoted()
    {
        using var audit = new AuditRecorder();
        await using var server = await TestServer.StartAsync(options => options with
        {
            Audit = audit.Log,
            Admission = new() { PodSecurity = new() { Defaults = new Dictionary<string, string> { ["audit"] = "baseline" }, ExemptNamespaces = ["free"] } },
        });
        await server.NamespaceAsync("a");
        await server.NamespaceAsync("free");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/free/pods", """{"metadata":{"name":"q"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}}""");

        var notes = audit.NotesOf("create", "pods", "p");
        Assert.Equal("privileged:latest", notes.String("pod-security.kubernetes.io/enforce-policy"));
        Assert.Equal("would violate PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)", notes.String("pod-security.kubernetes.io/audit-violations"));
        Assert.Equal("namespace", audit.NotesOf("create", "pods", "q").String("pod-security.kubernetes.io/exempt"));
    }

    [Fact]
    public void Annotate_Again_KeepsTheFirst()
    {
        using var audit = new AuditRecorder();
        var record = audit.Log.Begin(null, null, new("get", "") { IsResource = true, Resource = "pods", Name = "p" }, "id", "/", [], "")!;
        record.Annotate("k", "one");
        record.Annotate("k", "two");
        record.Completed(Pipeline.ApiResponse.Text(200, ""));
        Assert.Equal("one", audit.NotesOf("get", "pods", "p").String("k"));
    }

    [Fact]
    public async Task Event_OfAWrite_HasTheObjectAsItWasReadAndWhoSentIt()
    {
        using var audit = new AuditRecorder(AuditLevel.RequestResponse);
        await using var server = await TestServer.StartAsync(options => options with { Audit = audit.Log });
        await server.NamespaceAsync("a");
        server.Http.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", "1.2.3.4, 5.6.7.8");
        server.Http.DefaultRequestHeaders.TryAddWithoutValidation("X-Real-Ip", "9.9.9.9");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/secrets", """{"metadata":{"name":"s"},"foo":1}""");
        await server.ExpectAsync(200, "DELETE", "/api/v1/namespaces/a/secrets/s");

        var made = audit.Of("create", "secrets", "s");
        Assert.Equal("""["1.2.3.4","5.6.7.8","9.9.9.9","127.0.0.1"]""", made["sourceIPs"]!.ToString());
        Assert.Equal("Opaque", made.Object("requestObject")!.String("type"));
        Assert.False(made.Object("requestObject")!.ContainsKey("foo"));
        var gone = audit.Of("delete", "secrets", "s").Object("responseStatus")!;
        Assert.Equal(("Success", "s"), (gone.String("status"), gone.Object("details")!.String("name")));
    }

    private static string Hook(HookServer hooks, string name, string path, string more = "") =>
        $$"""{"name":"{{name}}","clientConfig":{{hooks.Config(path)}},"rules":{{Rules}},"sideEffects":"None","admissionReviewVersions":["v1"]{{more}} }""";

    private static async Task ConfigureAsync(TestServer server, string kind, params string[] webhooks) =>
        await server.ExpectAsync(201, "POST", $"{Group}{kind}webhookconfigurations", $$"""{"metadata":{"name":"hooks"},"webhooks":[{{string.Join(",", webhooks)}}]}""");
}
