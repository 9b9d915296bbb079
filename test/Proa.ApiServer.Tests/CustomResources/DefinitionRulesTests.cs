using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.ApiServer.CustomResources.Definitions;

namespace Proa.ApiServer.Tests.CustomResources;

public sealed class DefinitionRulesTests
{
    [Fact]
    public void Check_ExpensiveRule_IsTakenWhereItIsStored()
    {
        var stored = Definition("""{"rule":"self.all(x, self.all(y, x != y))"}""");

        Assert.Contains("estimated rule cost exceeds budget", Wrong(stored, null), StringComparison.Ordinal);
        Assert.DoesNotContain("estimated rule cost exceeds", Wrong(stored, stored), StringComparison.Ordinal);
        Assert.Contains("estimated rule cost exceeds budget", Wrong(Definition("""{"rule":"self.all(x, self.all(y, x != y + 'z'))"}"""), stored), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.names.kind", "\"THING\"", "")]
    [InlineData("spec.names.kind", "\"a b\"", "spec.names.kind: Invalid value: \"a b\": may have mixed case")]
    [InlineData("spec.names.listKind", "\"Thing\"", "spec.names.listKind: Invalid value: \"Thing\": kind and listKind may not be the same")]
    [InlineData("spec.group", "\"example\"", "spec.group: Invalid value: \"example\": should be a domain with at least one dot")]
    [InlineData("spec.group", "\"x.k8s.io\"", "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation")]
    [InlineData("status.storedVersions", "[\"v0\",\"v1\"]", "status.storedVersions[0]: Invalid value: \"v0\": missing from spec.versions")]
    public void Check_OneChange_IsTold(string path, string value, string expected)
    {
        var definition = Definition("""{"rule":"true"}""");
        var names = path.Split('.');
        var at = names[..^1].Aggregate(definition, static (here, name) => here.EnsureObject(name));
        at[names[^1]] = ((JsonObject)JsonTree.ParseObject(Encoding.UTF8.GetBytes($$"""{"v":{{value}} }""")))["v"]!;

        var wrong = Wrong(definition, null);

        Assert.True(expected.Length == 0 ? wrong.Length == 0 : wrong.Contains(expected, StringComparison.Ordinal), wrong);
    }

    private static string Wrong(JsonObject definition, JsonObject? old)
    {
        var errors = new FieldErrors();
        DefinitionRules.Check(definition, old, errors);
        return string.Join('\n', errors.All.Select(static error => $"{error.Field}: {error.Body}"));
    }

    private static JsonObject Definition(string rule) => JsonTree.ParseObject(Encoding.UTF8.GetBytes($$"""
        {"metadata":{"name":"things.example.com"},
         "spec":{"group":"example.com","scope":"Namespaced","conversion":{"strategy":"None"},
          "names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
          "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
            "list":{"type":"array","items":{"type":"string"},"x-kubernetes-validations":[{{rule}}]} } } } }]},
         "status":{"storedVersions":["v1"]} }
        """));
}
