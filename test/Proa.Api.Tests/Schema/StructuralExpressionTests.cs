using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Schema;

public sealed class StructuralExpressionTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"p":{"x-kubernetes-int-or-string":true}},"x-kubernetes-validations":[{"rule":"type(self.p) == int ? self.p < 5 : self.p.endsWith('%')"}]}""", """{"p":"5%"}""")]
    [InlineData("""{"type":"object","properties":{"p":{"x-kubernetes-int-or-string":true}},"x-kubernetes-validations":[{"rule":"type(self.p) == int ? self.p < 5 : self.p.endsWith('%')"}]}""", """{"p":7}""", "spec: Invalid value: failed rule: type(self.p) == int ? self.p < 5 : self.p.endsWith('%')")]
    [InlineData("""{"type":"object","properties":{"t":{"type":"string","format":"date-time"},"d":{"type":"string","format":"duration"},"b":{"type":"string","format":"byte"},"n":{"type":"number"}},"x-kubernetes-validations":[{"rule":"self.t > timestamp('2020-01-01T00:00:00Z') && self.d > duration('1m') && self.b == b'hi' && self.n == 2.0"}]}""", """{"t":"2024-01-01T00:00:00Z","d":"2m","b":"aGk=","n":2}""")]
    [InlineData("""{"type":"object","properties":{"a-b":{"type":"integer"},"namespace":{"type":"string"},"x__y":{"type":"integer"},"a.b/c":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.a__dash__b == 1 && self.__namespace__ == 'n' && self.x__underscores__y == 2 && self.a__dot__b__slash__c == 3"}]}""", """{"a-b":1,"namespace":"n","x__y":2,"a.b/c":3}""")]
    [InlineData("""{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"type":"integer","x-kubernetes-validations":[{"rule":"self > 1","message":"small"}]}}}}""", """{"m":{"a":2,"b":1}}""", "spec.m[b]: Invalid value: 1: small")]
    [InlineData("""{"type":"object","properties":{"l":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.n > 1","fieldPath":".n","reason":"FieldValueRequired","message":"m"}]}}}}""", """{"l":[{"n":2},{"n":0}]}""", "spec.l[1].n: Required value: m")]
    [InlineData("""{"type":"object","properties":{"s":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}},"x-kubernetes-validations":[{"rule":"self.s == ['b','a'] && (self.s + ['c', 'a']).size() == 3"}]}""", """{"s":["a","b"]}""")]
    [InlineData("""{"type":"object","properties":{"v":{"type":"string","nullable":true}},"x-kubernetes-validations":[{"rule":"has(self.v) && dyn(self.v) == null"}]}""", """{"v":null}""")]
    [InlineData("""{"type":"object","properties":{"v":{"type":"string"}},"x-kubernetes-validations":[{"rule":"has(self.v)","message":"given","messageExpression":"self.v"}]}""", "{}", "spec: Invalid value: given")]
    [InlineData("""{"type":"object","properties":{"o":{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true,"x-kubernetes-validations":[{"rule":"self.kind == 'Pod' && self.metadata.name.startsWith('p')"}]}}}""", """{"o":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"q"}}}""", "spec.o: Invalid value: failed rule: self.kind == 'Pod' && self.metadata.name.startsWith('p')")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"allOf":[{"properties":{"a":{"x-kubernetes-validations":[{"rule":"self < 3","message":"low"}]}}}]}""", """{"a":5}""", "spec.a: Invalid value: 5: low")]
    [InlineData("""{"type":"object","properties":{"l":{"type":"array","items":{"type":"integer"}}},"x-kubernetes-validations":[{"rule":"self.l[5] == 1"},{"rule":"self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))"}]}""", "LONG", "spec: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))")]
    public void Evaluate_NewObject_GivesErrors(string schema, string value, params string[] expected) =>
        Assert.Equal(expected, Errors(schema, value == "LONG" ? $$"""{"l":[{{string.Join(',', Enumerable.Range(1, 200).Select(static i => i == 6 ? 1 : i))}}]}""" : value, null));

    [Theory]
    [InlineData("""{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf"}]}""", "3", "4", "spec: Invalid value: 3: failed rule: self >= oldSelf")]
    [InlineData("""{"type":"integer","x-kubernetes-validations":[{"rule":"self > 5"}]}""", "3", "3", "warn: spec: Invalid value: 3: failed rule: self > 5")]
    [InlineData("""{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"string"},"v":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.v >= oldSelf.v","message":"shrunk"}]}}""",
        """[{"k":"b","v":1},{"k":"a","v":1},{"k":"new","v":0}]""", """[{"k":"a","v":2},{"k":"b","v":1}]""", "spec[1]: Invalid value: shrunk")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","x-kubernetes-validations":[{"rule":"oldSelf.hasValue() || self > 3","optionalOldSelf":true,"message":"big at first"}]}}}""", """{"a":1}""", "{}", "spec.a: Invalid value: 1: big at first")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","x-kubernetes-validations":[{"rule":"oldSelf.hasValue() || self > 3","optionalOldSelf":true,"message":"big at first"}]}}}""", """{"a":1}""", """{"a":9}""")]
    public void Evaluate_Change_GivesErrors(string schema, string value, string old, params string[] expected) => Assert.Equal(expected, Errors(schema, value, old));

    private static List<string> Errors(string spec, string value, string? old)
    {
        var root = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["spec"] = JsonTree.Parse(spec) } };
        var schema = ObjectSchema.FromStructural(root, new("g.example.com", "v1", "K"));
        var seen = new List<string>();
        var errors = SchemaEngine.Evaluate(schema, Of(value), old is null ? null : Of(old), [], warning => seen.Add("warn: " + warning), TestContext.Current.CancellationToken);
        return [.. errors.Select(static error => error.ToString()), .. seen];
    }

    private static JsonObject Of(string spec) => new() { ["apiVersion"] = "g.example.com/v1", ["kind"] = "K", ["metadata"] = new JsonObject { ["name"] = "o" }, ["spec"] = JsonTree.Parse(spec) };
}
