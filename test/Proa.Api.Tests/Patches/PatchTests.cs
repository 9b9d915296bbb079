using FsCheck;
using FsCheck.Fluent;
using Proa.Api.Json;
using Proa.Api.Patches;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Patches;

public sealed class PatchTests
{
    private static readonly SchemaNode s_pod = SchemaRegistry.BuiltIn.Find(new("", "v1", "Pod"))!.Root;

    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Merge_OfTheStandard_GivesItsResult(string original, string patch, string expected) =>
        Assert.Equal(expected, MergePatch.Apply(Parse(original), JsonTree.Parse(patch)).Object!.ToString());

    [Fact]
    public void Merge_Twice_IsAsOnce() => Prop.ForAll(ArbitraryObject(), ArbitraryObject(), (original, patch) =>
    {
        var once = MergePatch.Apply(Parse(original), Parse(patch)).Object!;
        var twice = MergePatch.Apply(once.CloneObject(), Parse(patch)).Object!;
        return once.DeepEquals(twice);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""[{"op":"add","path":"/b","value":1}]""", """{"a":[1,2],"b":1}""")]
    [InlineData("""[{"op":"add","path":"/a/0","value":0}]""", """{"a":[0,1,2]}""")]
    [InlineData("""[{"op":"add","path":"/a/-","value":3}]""", """{"a":[1,2,3]}""")]
    [InlineData("""[{"op":"remove","path":"/a/0"}]""", """{"a":[2]}""")]
    [InlineData("""[{"op":"replace","path":"/a/1","value":9}]""", """{"a":[1,9]}""")]
    [InlineData("""[{"op":"move","from":"/a","path":"/c~1d"}]""", """{"c/d":[1,2]}""")]
    [InlineData("""[{"op":"copy","from":"/a/0","path":"/b"}]""", """{"a":[1,2],"b":1}""")]
    [InlineData("""[{"op":"test","path":"/a","value":[1,2]}]""", """{"a":[1,2]}""")]
    public void JsonPatch_Operation_Applies(string patch, string expected) =>
        Assert.Equal(expected, JsonPatch.Apply(Parse("""{"a":[1,2]}"""), JsonTree.Parse(patch)).Object?.ToString());

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":1}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/x"}]""", 422)]
    [InlineData("""[{"op":"replace","path":"/a/7","value":1}]""", 422)]
    [InlineData("""[{"op":"fly","path":"/a"}]""", 422)]
    [InlineData("""{"op":"add"}""", 400)]
    public void JsonPatch_ThatDoesNotFit_IsAnError(string patch, int code) =>
        Assert.Equal(code, JsonPatch.Apply(Parse("""{"a":[1,2]}"""), JsonTree.Parse(patch)).Error?.Code);

    [Theory]
    // merge by key, new first
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"1"}]}}""", """{"spec":{"containers":[{"name":"b","image":"2"}]}}""",
        """{"spec":{"containers":[{"name":"b","image":"2"},{"name":"a","image":"1"}]}}""")]
    // delete an item
    [InlineData("""{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""", """{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}""",
        """{"spec":{"containers":[{"name":"b"}]}}""")]
    // replace a list
    [InlineData("""{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""", """{"spec":{"containers":[{"name":"c"},{"$patch":"replace"}]}}""",
        """{"spec":{"containers":[{"name":"c"}]}}""")]
    // replace and delete an object
    [InlineData("""{"spec":{"securityContext":{"runAsUser":1,"runAsGroup":2}}}""", """{"spec":{"securityContext":{"$patch":"replace","runAsUser":3}}}""",
        """{"spec":{"securityContext":{"runAsUser":3}}}""")]
    [InlineData("""{"spec":{"securityContext":{"runAsUser":1}}}""", """{"spec":{"securityContext":{"$patch":"delete"}}}""", """{"spec":{"securityContext":{}}}""")]
    // scalars as a set, and taken from it
    [InlineData("""{"metadata":{"finalizers":["a/b"]}}""", """{"metadata":{"finalizers":["c/d","a/b"]}}""", """{"metadata":{"finalizers":["c/d","a/b"]}}""")]
    [InlineData("""{"metadata":{"finalizers":["a/b","c/d"]}}""", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a/b"]}}""", """{"metadata":{"finalizers":["c/d"]}}""")]
    // a stated order; what the server has alone keeps its place
    [InlineData("""{"spec":{"containers":[{"name":"a"},{"name":"s"},{"name":"b"}]}}""",
        """{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"b","image":"2"}]}}""",
        """{"spec":{"containers":[{"name":"s"},{"name":"b","image":"2"},{"name":"a"}]}}""")]
    // an atomic list is replaced
    [InlineData("""{"spec":{"tolerations":[{"key":"a"}]}}""", """{"spec":{"tolerations":[{"key":"b"}]}}""", """{"spec":{"tolerations":[{"key":"b"}]}}""")]
    // a union keeps only what the patch names
    [InlineData("""{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}""", """{"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/x"}}]}}""",
        """{"spec":{"volumes":[{"name":"v","hostPath":{"path":"/x"}}]}}""")]
    // nulls of a new object are no members
    [InlineData("""{"metadata":{}}""", """{"metadata":{"labels":{"a":null,"b":"1"}}}""", """{"metadata":{"labels":{"b":"1"}}}""")]
    public void Strategic_Directive_DoesItsWork(string original, string patch, string expected) =>
        Assert.Equal(expected, StrategicMergePatch.Apply(s_pod, Parse(original), Parse(patch)).Object?.ToString());

    [Theory]
    [InlineData("""{"spec":{"containers":[{"image":"x"}]}}""", 500)]
    [InlineData("""{"spec":{"$patch":"fly"}}""", 422)]
    [InlineData("""{"spec":{"$retainKeys":["a"],"b":1}}""", 400)]
    [InlineData("""{"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"z"}]}}""", 400)]
    public void Strategic_BadPatch_IsAnError(string patch, int code) =>
        Assert.Equal(code, StrategicMergePatch.Apply(s_pod, Parse("""{"spec":{"containers":[{"name":"a"}]}}"""), Parse(patch)).Error?.Code);

    private static JsonObject Parse(string json) => (JsonObject)JsonTree.Parse(json);

    private static Arbitrary<string> ArbitraryObject()
    {
        var scalar = Gen.Elements("1", "\"x\"", "null", "true", "[1]", "{}");
        var member = Gen.Elements("a", "b", "c").SelectMany(name => scalar.Select(value => $"\"{name}\":{value}"));
        var flat = member.ListOf(3).Select(m => $"{{{string.Join(",", m.DistinctBy(x => x[1]))}}}");
        var deep = flat.SelectMany(a => flat.Select(b => $"{{\"d\":{a},\"e\":{b}}}"));
        return Gen.OneOf(flat, deep).ToArbitrary();
    }
}
