using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Security;

public sealed class AccessReviewTests : IAsyncLifetime
{
    private AccessClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await AccessClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Review_OfWhoIsBoundToAbsentRoles_NamesThem()
    {
        await _client.MakeAsync("/api/v1/namespaces", """{"metadata":{"name":"ns"}}""");
        await _client.MakeAsync($"{AccessClient.Rbac}/clusterrolebindings", """{"metadata":{"name":"x"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"none"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"bob"}]}""");
        await _client.MakeAsync($"{AccessClient.Rbac}/namespaces/ns/rolebindings", """{"metadata":{"name":"x"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"gone"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"bob"}]}""");
        await _client.GrantAsync("bob", """{"apiGroups":["none.io"],"resources":["x"],"verbs":["get"]}""");
        Assert.Equal(
            "RBAC: [clusterrole.rbac.authorization.k8s.io \"none\" not found, role.rbac.authorization.k8s.io \"gone\" not found]",
            (await ReviewAsync("""{"user":"bob","resourceAttributes":{"verb":"get","resource":"pods","namespace":"ns"}}""")).Object("status")!.String("reason"));
        var (_, refused) = await _client.SendAsync("bob-token", "GET", "/api/v1/pods");
        Assert.Equal(
            "pods is forbidden: User \"bob\" cannot list resource \"pods\" in API group \"\" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io \"none\" not found",
            refused.String("message"));
    }

    [Theory]
    [InlineData("""{"rawSelector":"a in b"}""", "spec.resourceAttributes.fieldSelector ignored due to parse error")]
    [InlineData("""{"requirements":[{"key":"a","operator":"In","values":["x"]},{"key":"a","operator":"Exists"}]}""", "spec.resourceAttributes.fieldSelector partially ignored due to parse error")]
    [InlineData("""{"requirements":[{"key":"a","operator":"NotIn","values":["x"]}]}""", null)]
    public async Task Review_WithSelectorThatCannotBeRead_SaysSo(string selector, string? error) => Assert.Equal(
        error,
        (await ReviewAsync($$$"""{"user":"bob","resourceAttributes":{"verb":"list","resource":"pods","fieldSelector":{{{selector}}} } }""")).Object("status")!.String("evaluationError"));

    [Theory]
    [InlineData("""{"resourceAttributes":{}}""", ".authorization.k8s.io \"\" is invalid: spec.user: Invalid value: \"\": at least one of user or group must be specified")]
    [InlineData("""{"user":"bob"}""", ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    [InlineData("""{"user":"bob","resourceAttributes":{"labelSelector":{"requirements":[{"key":"a","operator":"In","values":["x y"]}]}}}""", ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes.labelSelector.requirements[0].values[0]: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]
    public async Task Review_Wrong_SaysWhat(string spec, string message)
    {
        var (code, answer) = await _client.SendAsync(null, "POST", $"{AccessClient.Authorization}/subjectaccessreviews", $$"""{"spec":{{spec}} }""");
        Assert.Equal((422, message), (code, answer.String("message")));
        Assert.Null(answer.Object("details")!["kind"]);
    }

    [Fact]
    public async Task LocalReview_OfAbsentNamespace_IsAnswered()
    {
        var answer = await _client.MakeAsync($"{AccessClient.Authorization}/namespaces/none/localsubjectaccessreviews", """{"spec":{"user":"bob","resourceAttributes":{"verb":"get","namespace":"none"}}}""");
        Assert.Equal("none", answer.Object("metadata")!.String("namespace"));
        var (code, refused) = await _client.SendAsync(null, "POST", $"{AccessClient.Authorization}/namespaces/none/localsubjectaccessreviews", """{"metadata":{"namespace":"other"},"spec":{}}""");
        Assert.Equal((400, "the namespace of the provided object does not match the namespace sent on the request"), (code, refused.String("message")));
    }

    [Fact]
    public async Task RulesReview_DoesNotRepeatItsSpec()
    {
        var answer = await _client.MakeAsync($"{AccessClient.Authorization}/selfsubjectrulesreviews", """{"spec":{"namespace":"ns"}}""");
        Assert.Equal("{}", answer["spec"]!.ToString());
        Assert.Single(answer.Object("status")!.Array("nonResourceRules")!, static rule => rule is JsonObject one && one["verbs"]!.ToString() == """["*"]""");
    }

    [Fact]
    public async Task Review_Refused_WarnsOfUnknownFieldsToo()
    {
        using var answer = await _client.RawAsync("Bearer " + _client.Server.Token, "POST", $"{AccessClient.Authorization}/selfsubjectaccessreviews", """{"spec":{"user":"x"}}""");
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Equal(["299 - \"unknown field \\\"spec.user\\\"\""], answer.Headers.GetValues("Warning"));
    }

    [Fact]
    public async Task Review_PolicyOfAll_SeesIt()
    {
        await _client.MakeAsync("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", """
            {"metadata":{"name":"no-bob"},"spec":{"matchConstraints":{"resourceRules":[{"apiGroups":["authorization.k8s.io"],"apiVersions":["*"],"operations":["CREATE"],"resources":["*"]}]},
            "validations":[{"expression":"object.spec.user != 'bob'","message":"not about bob"}]}}
            """);
        await _client.MakeAsync("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
            """{"metadata":{"name":"no-bob"},"spec":{"policyName":"no-bob","validationActions":["Deny"]}}""");
        var (code, answer) = await _client.SendAsync(null, "POST", $"{AccessClient.Authorization}/subjectaccessreviews", """{"spec":{"user":"bob","resourceAttributes":{}}}""");
        Assert.Equal(422, code);
        Assert.EndsWith("denied request: not about bob", answer.String("message"), StringComparison.Ordinal);
    }

    private async Task<JsonObject> ReviewAsync(string spec) =>
        await _client.MakeAsync($"{AccessClient.Authorization}/subjectaccessreviews", $$"""{"spec":{{spec}} }""");
}
