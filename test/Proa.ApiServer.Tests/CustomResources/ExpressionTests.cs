using Proa.Api.Json;

namespace Proa.ApiServer.Tests.CustomResources;

public sealed class ExpressionTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Things = "/apis/t.example.com/v1/things";

    private static string Definition(string schema) => $$"""
        {"metadata":{"name":"things.t.example.com"},"spec":{"group":"t.example.com","scope":"Cluster",
        "names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
        "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{} },"schema":{"openAPIV3Schema":{{schema}} } }] } }
        """;

    private static string Spec(string rules, string properties = """ "a":{"type":"integer"},"name":{"type":"string","maxLength":20},"list":{"type":"array","maxItems":5,"items":{"type":"string","maxLength":5}} """) =>
        $$"""{"type":"object","properties":{"spec":{"type":"object","properties":{ {{properties}} },"x-kubernetes-validations":[{{rules}}]} } }""";

    [Theory]
    [InlineData("""{"rule":"self.a > 3"}""", "spec: Invalid value: failed rule: self.a > 3")]
    [InlineData("""{"rule":"self.a > 3","message":" too small ","reason":"FieldValueForbidden","fieldPath":".a"}""", "spec.a: Forbidden: too small")]
    [InlineData("""{"rule":"self.a > 3","messageExpression":"'a is %d'.format([self.a])"}""", "spec: Invalid value: a is 1")]
    [InlineData("""{"rule":"self.name == 'x'","message":"named"}""", "spec: Invalid value: \"object\": no such key: name evaluating rule: named")]
    [InlineData("""{"rule":"has(self.name) && self.list.all(l, l != 'bad')"}""", "spec: Invalid value: failed rule: has(self.name) && self.list.all(l, l != 'bad')")]
    public async Task Create_AgainstARule_IsRefused(string rule, string expected)
    {
        await using var server = await Started(Spec(rule));
        var refused = await server.ExpectAsync(422, "POST", Things, """{"apiVersion":"t.example.com/v1","kind":"Thing","metadata":{"name":"o"},"spec":{"a":1}}""");
        Assert.Equal($"Thing.t.example.com \"o\" is invalid: {expected}", refused.String("message"));
    }

    [Fact]
    public async Task Create_WithAWrongField_SaysThatRulesWereNotRun()
    {
        await using var server = await Started(Spec("""{"rule":"self.a > 3"}"""));
        var refused = await server.ExpectAsync(422, "POST", Things, """{"apiVersion":"t.example.com/v1","kind":"Thing","metadata":{"name":"o"},"spec":{"a":"x"}}""");
        Assert.Contains("<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation", refused.String("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_TransitionRule_SeesTheOldObject()
    {
        await using var server = await Started(Spec("""{"rule":"self.a >= oldSelf.a","message":"a may not shrink"}"""));
        await server.ExpectAsync(201, "POST", Things, """{"apiVersion":"t.example.com/v1","kind":"Thing","metadata":{"name":"o"},"spec":{"a":5}}""");
        var refused = await server.ExpectAsync(422, "PATCH", Things + "/o", """{"spec":{"a":4}}""", "application/merge-patch+json");
        Assert.Equal("Thing.t.example.com \"o\" is invalid: spec: Invalid value: a may not shrink", refused.String("message"));
        await server.ExpectAsync(200, "PATCH", Things + "/o", """{"spec":{"a":6}}""", "application/merge-patch+json");
    }

    [Fact]
    public async Task Update_OfWhatWasWrongBefore_IsLetThroughWhereItDidNotChange()
    {
        await using var server = await Started(Spec("", """ "part":{"type":"object","properties":{"a":{"type":"integer"} } },"b":{"type":"integer"} """).Replace(",\"x-kubernetes-validations\":[]", "", StringComparison.Ordinal));
        await server.ExpectAsync(201, "POST", Things, """{"apiVersion":"t.example.com/v1","kind":"Thing","metadata":{"name":"o"},"spec":{"part":{"a":1},"b":1}}""");
        var definition = await server.ExpectAsync(200, "GET", Definitions + "/things.t.example.com");
        var schema = JsonTree.Parse(Spec("", """ "part":{"type":"object","properties":{"a":{"type":"integer","minimum":5} },"x-kubernetes-validations":[{"rule":"self.a > 3"}] },"b":{"type":"integer"} """).Replace(",\"x-kubernetes-validations\":[]", "", StringComparison.Ordinal));
        ((JsonObject)definition.Object("spec")!.Array("versions")![0]).Object("schema")!["openAPIV3Schema"] = schema;
        await server.ExpectAsync(200, "PUT", Definitions + "/things.t.example.com", definition.ToString());
        await Until(async () => (await server.SendAsync("POST", Things + "?dryRun=All", """{"apiVersion":"t.example.com/v1","kind":"Thing","metadata":{"name":"p"},"spec":{"part":{"a":1} } }""")).Code == 422);
        await server.ExpectAsync(200, "PATCH", Things + "/o", """{"spec":{"b":2}}""", "application/merge-patch+json");
        await server.ExpectAsync(422, "PATCH", Things + "/o", """{"spec":{"part":{"a":2}}}""", "application/merge-patch+json");
    }

    [Theory]
    [InlineData("""{"rule":"self.b > 3"}""", "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.b \\u003e 3\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 3\n | ....^")]
    [InlineData("""{"rule":"self.a + 1"}""", "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.a + 1\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: cel expression must evaluate to a bool")]
    [InlineData("""{"rule":" "}""", "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Required value: rule is not specified")]
    [InlineData("""{"rule":"true","fieldPath":".none"}""", "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].fieldPath: Invalid value: \".none\": must be a valid path")]
    [InlineData("""{"rule":"true","optionalOldSelf":true}""", "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule")]
    public async Task Define_WithAWrongRule_IsRefused(string rule, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var refused = await server.ExpectAsync(422, "POST", Definitions, Definition(Spec(rule)));
        Assert.Equal($"CustomResourceDefinition.apiextensions.k8s.io \"things.t.example.com\" is invalid: {expected}", refused.String("message"));
    }

    [Fact]
    public async Task Define_WithARuleOfUnboundedCost_IsRefused()
    {
        await using var server = await TestServer.StartAsync();
        var refused = await server.ExpectAsync(422, "POST", Definitions, Definition(Spec("""{"rule":"self.l.all(a, self.l.all(b, a.contains(b)))"}""", """ "l":{"type":"array","items":{"type":"string"}} """)));
        Assert.Contains("x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)", refused.String("message"), StringComparison.Ordinal);
        await server.ExpectAsync(201, "POST", Definitions, Definition(Spec("""{"rule":"self.l.all(a, self.l.all(b, a.contains(b)))"}""", """ "l":{"type":"array","maxItems":10,"items":{"type":"string","maxLength":10}} """)));
    }

    [Fact]
    public async Task Define_WithOldSelfInAPlainList_IsRefused()
    {
        await using var server = await TestServer.StartAsync();
        var refused = await server.ExpectAsync(422, "POST", Definitions, Definition(
            """{"type":"object","properties":{"l":{"type":"array","maxItems":3,"items":{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf"}]}}}}"""));
        Assert.EndsWith("properties[l].items.x-kubernetes-validations[0].rule: Invalid value: \"self >= oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[l]", refused.String("message"), StringComparison.Ordinal);
    }

    private static async Task<TestServer> Started(string schema)
    {
        var server = await TestServer.StartAsync();
        _ = server.Server.RunAsync(TestContext.Current.CancellationToken);
        await server.ExpectAsync(201, "POST", Definitions, Definition(schema));
        await Until(async () =>
        {
            using var answer = await server.Http.GetAsync(Things, TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        });
        return server;
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Yield();
        }
    }
}
