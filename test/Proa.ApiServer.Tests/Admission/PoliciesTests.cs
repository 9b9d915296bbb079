using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Admission;

public sealed class PoliciesTests
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1/";
    private const string Match = """ "matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","UPDATE","DELETE"],"resources":["configmaps"]}]} """;

    [Fact]
    public async Task Validate_DeniedByAnExpression_IsToldWithPolicyAndBinding()
    {
        await using var server = await Started("""
            "variables":[{"name":"keys","expression":"has(object.data) ? size(object.data) : 0"},{"name":"most","expression":"variables.keys + 0"}],
            "validations":[{"expression":"variables.most < 2","messageExpression":"'%d keys in %s'.format([dyn(variables.keys), dyn(request.namespace)])","reason":"Forbidden"}]
            """);
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"one"},"data":{"a":"1"}}""");
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"two"},"data":{"a":"1","b":"2"}}""");
        Assert.Equal("configmaps \"two\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: 2 keys in ns", refused.String("message"));
        Assert.Equal("Forbidden", refused.String("reason"));
        Assert.Equal("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: 2 keys in ns", (refused.Object("details")!.Array("causes")![0] as JsonObject)!.String("message"));
    }

    [Theory]
    [InlineData("object.data.a == 'x'", "expression 'object.data.a == 'x'' resulted in error: no such key: data")]
    [InlineData("  oldObject != null ", "failed expression: oldObject != null")]
    public async Task Validate_FailingExpression_DeniesUnlessIgnored(string expression, string message)
    {
        var rule = $$""" "validations":[{"expression":{{new JsonString(expression)}} }] """;
        await using (var server = await Started(rule))
        {
            var refused = await server.ExpectAsync(422, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"}}""");
            Assert.Equal($"configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {message}", refused.String("message"));
        }
        await using var ignoring = await Started(rule + """ ,"failurePolicy":"Ignore" """);
        await ignoring.ExpectAsync(message.StartsWith("failed", StringComparison.Ordinal) ? 422 : 201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"}}""");
    }

    [Fact]
    public async Task Validate_WithParameters_SeesEachAndDeniesWithoutAny()
    {
        await using var server = await Started("""
            "paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"matchConditions":[{"name":"named","expression":"object.metadata.name != 'skip'"}],
            "validations":[{"expression":"params.metadata.name == object.metadata.name || !has(params.data) || size(object.data) <= int(params.data.max)","message":"too many"}]
            """, """ "paramRef":{"name":"limits","namespace":"ns","parameterNotFoundAction":"Deny"},"validationActions":["Deny"] """);
        var refused = await server.ExpectAsync(422, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        Assert.EndsWith("denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction", refused.String("message"), StringComparison.Ordinal);
        await server.ExpectAsync(200, "DELETE", Group + "validatingadmissionpolicybindings/b");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"limits"},"data":{"max":"1"}}""");
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicybindings", """{"metadata":{"name":"b"},"spec":{"policyName":"p","validationActions":["Deny"],"paramRef":{"name":"limits","namespace":"ns","parameterNotFoundAction":"Deny"} } }""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        await server.ExpectAsync(422, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"d"},"data":{"a":"1","b":"2"}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"skip"},"data":{"a":"1","b":"2"}}""");
    }

    [Fact]
    public async Task Validate_WithWarnAlone_LetsThroughAndWarns()
    {
        await using var server = await Started(""" "validations":[{"expression":"false","message":"no"}] """, """ "validationActions":["Warn","Audit"] """);
        using var content = new StringContent("""{"metadata":{"name":"c"}}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync("/api/v1/namespaces/ns/configmaps", content, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)answer.StatusCode);
        Assert.Contains("299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no\"", answer.Headers.GetValues("Warning"));
    }

    [Fact]
    public async Task Validate_UpdateThatChangesNothing_IsStillAsked()
    {
        await using var server = await Started(""" "validations":[{"expression":"request.operation != 'UPDATE'"}] """);
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        await server.ExpectAsync(422, "PUT", "/api/v1/namespaces/ns/configmaps/c", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
    }

    [Fact]
    public async Task Validate_NamespaceAndAuthorizer_AreSeen()
    {
        await using var server = await Started(""" "validations":[{"expression":"namespaceObject.metadata.name == 'ns' && request.userInfo.username.size() > 0 && request.operation in ['CREATE', 'DELETE'] && request.kind.kind == 'ConfigMap'"}] """);
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"}}""");
        await server.ExpectAsync(200, "DELETE", "/api/v1/namespaces/ns/configmaps/c");
    }

    [Theory]
    [InlineData("""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: Object.metadata.labels{made: 'yes'} }, data: Object.data{added: object.metadata.name} }"} }""")]
    [InlineData("""{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'add', path: '/data/added', value: object.metadata.name}, JSONPatch{op: 'add', path: '/metadata/labels', value: {'made': 'yes'} }]"} }""")]
    public async Task Mutate_ByAPolicy_ChangesTheObject(string mutation)
    {
        await using var server = await Mutating(mutation);
        var made = await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        Assert.Equal("""{"a":"1","added":"c"}""", made["data"]!.ToString());
        Assert.Equal("yes", made.Object("metadata")!.Object("labels")!.String("made"));
    }

    [Theory]
    [InlineData("""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{data: Object.wrong{a: '1'} }"} }""",
        "policy 'p' with binding 'b' denied request: type mismatch: unexpected type name \"Object.wrong\", expected \"Object.data\", which matches field name path from root Object type")]
    [InlineData("""{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'remove', path: '/data/none'}]"} }""",
        "policy 'p' with binding 'b' denied request: JSON Patch: error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value")]
    [InlineData("""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{foo: '1'}"} }""",
        "policy 'p' with binding 'b' denied request: error applying patch: failed to convert patch object to typed object: .foo: field not declared in schema")]
    public async Task Mutate_WithAnError_Denies(string mutation, string message)
    {
        await using var server = await Mutating(mutation);
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        Assert.Equal(message, refused.String("message"));
    }

    [Theory]
    [InlineData("/bogus", "'1'", "Internal error occurred: strict decoding error: unknown field \"bogus\"")]
    [InlineData("/data/b", "3", "Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type string")]
    public async Task Mutate_IntoNoSuchKind_IsAnInternalError(string path, string value, string message)
    {
        await using var server = await Mutating($$$"""{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'add', path: '{{{path}}}', value: {{{value}}} }]"} }""");
        var refused = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
        Assert.Equal(message, refused.String("message"));
    }

    [Theory]
    [InlineData("validatingadmissionpolicies", """ "validations":[{"expression":"object.data.a"}] """, "spec.validations[0].expression: Invalid value: \"object.data.a\": must evaluate to bool but got dyn")]
    [InlineData("validatingadmissionpolicies", """ "validations":[{"expression":"request.none == ''"}] """, "spec.validations[0].expression: Invalid value: \"request.none == ''\": compilation failed: ERROR: <input>:1:8: undefined field 'none'\n | request.none == ''\n | .......^")]
    [InlineData("validatingadmissionpolicies", """ "validations":[{"expression":"variables.x == 1"}] """, "spec.validations[0].expression: Invalid value: \"variables.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.x == 1\n | ^")]
    [InlineData("validatingadmissionpolicies", """ "validations":[{"expression":"params.x == 1"}] """, "spec.validations[0].expression: Invalid value: \"params.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^")]
    [InlineData("validatingadmissionpolicies", """ "validations":[{"expression":"true","reason":"Odd"}] """, "spec.validations[0].reason: Unsupported value: \"Odd\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\"")]
    [InlineData("validatingadmissionpolicies", """ "auditAnnotations":[{"key":"k","valueExpression":"1"}] """, "spec.auditAnnotations[0].valueExpression: Invalid value: \"1\": must evaluate to one of [string null_type] but got int")]
    [InlineData("mutatingadmissionpolicies", """ "reinvocationPolicy":"Never","mutations":[{"patchType":"JSONPatch","jsonPatch":{"expression":"object.none"} }] """, "spec.mutations[0].jsonPatch.expression: Invalid value: \"object.none\": must evaluate to list(JSONPatch) but got dyn")]
    public async Task Define_WithAWrongExpression_IsRefused(string resource, string spec, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var match = resource[0] == 'm' ? Match.Replace(",\"DELETE\"", "", StringComparison.Ordinal) : Match;
        var refused = await server.ExpectAsync(422, "POST", Group + resource, $$"""{"metadata":{"name":"p"},"spec":{ {{match}},{{spec}} } }""");
        Assert.EndsWith($"\"p\" is invalid: {expected}", refused.String("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_OfAPolicyThatDoesNotFitItsTypes_Warns()
    {
        await using var server = await TestServer.StartAsync();
        _ = server.Server.RunAsync(TestContext.Current.CancellationToken);
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicies", """
            {"metadata":{"name":"p"},"spec":{"matchConstraints":{"resourceRules":[{"apiGroups":["apps"],"apiVersions":["v1"],"operations":["CREATE"],"resources":["deployments"]}]},
            "validations":[{"expression":"object.spec.replicas > '1'"},{"expression":"object.spec.template.spec.containers.all(c, c.image.size() > 0) && object.metadata.creationTimestamp > timestamp('2020-01-01T00:00:00Z')"}]}}
            """);
        JsonObject? status = null;
        while (status?.Int("observedGeneration") is null)
        {
            status = (await server.ExpectAsync(200, "GET", Group + "validatingadmissionpolicies/p")).Object("status");
        }
        var warnings = status.Object("typeChecking")!.Array("expressionWarnings")!;
        Assert.Equal(
            """[{"fieldRef":"spec.validations[0].expression","warning":"apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^\n"}]""",
            warnings.ToString());
    }

    private static async Task<TestServer> Started(string spec, string binding = """ "validationActions":["Deny"] """)
    {
        var server = await TestServer.StartAsync();
        await server.NamespaceAsync("ns");
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicies", $$"""{"metadata":{"name":"p"},"spec":{ {{Match}},{{spec}} } }""");
        await server.ExpectAsync(201, "POST", Group + "validatingadmissionpolicybindings", $$"""{"metadata":{"name":"b"},"spec":{"policyName":"p",{{binding}} } }""");
        return server;
    }

    private static async Task<TestServer> Mutating(string mutation)
    {
        var server = await TestServer.StartAsync();
        await server.NamespaceAsync("ns");
        await server.ExpectAsync(201, "POST", Group + "mutatingadmissionpolicies", $$"""{"metadata":{"name":"p"},"spec":{ {{Match.Replace(",\"DELETE\"", "", StringComparison.Ordinal)}},"reinvocationPolicy":"Never","mutations":[{{mutation}}] } }""");
        await server.ExpectAsync(201, "POST", Group + "mutatingadmissionpolicybindings", """{"metadata":{"name":"b"},"spec":{"policyName":"p"} }""");
        return server;
    }
}
