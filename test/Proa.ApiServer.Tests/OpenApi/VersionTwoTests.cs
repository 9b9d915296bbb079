using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.OpenApi;

namespace Proa.ApiServer.Tests.OpenApi;

public sealed class VersionTwoTests
{
    [Theory]
    [InlineData("""{"type":"object","description":"d","properties":{"a":{"type":"string","enum":["x"],"pattern":"^x$","default":"x"}},"required":["a"]}""",
        """{"description":"d","type":"object","properties":{"a":{"pattern":"^x$","enum":["x"],"type":"string"}},"required":["a"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer","format":"int32"},"x-kubernetes-list-type":"set"}}}""",
        """{"type":"object","properties":{"a":{"x-kubernetes-list-type":"set","type":"array","items":{"format":"int32","type":"integer"}}}}""")]
    [InlineData("""{"type":"object","oneOf":[{"required":["a"]}],"properties":{"a":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]}}}""",
        """{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","nullable":true,"properties":{"b":{"type":"string"}}},"c":{"type":"string"}},"required":["a","c"]}""",
        """{"type":"object","properties":{"a":{},"c":{"type":"string"}},"required":["c"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"b":{"type":"string"}}}}}""",
        """{"type":"object","properties":{"a":{"x-kubernetes-preserve-unknown-fields":true}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-preserve-unknown-fields":true,"items":{"type":"string"}}}}""",
        """{"type":"object","properties":{"a":{"x-kubernetes-preserve-unknown-fields":true}}}""")]
    [InlineData("""{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"type":"string","maxLength":3}},"n":{"type":"object","additionalProperties":true}}}""",
        """{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"maxLength":3,"type":"string"}},"n":{"type":"object","additionalProperties":true}}}""")]
    public void Root_Schema_SaysWhatClientsOfTheSecondVersionUnderstand(string schema, string expected)
    {
        Assert.Equal(expected, VersionTwo.Root(Parsed(schema), out var isOpen).ToString());
        Assert.False(isOpen);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"a":{"type":"string"}}}""")]
    public void Root_AnythingGoes_SaysNothingOfMembers(string? schema)
    {
        Assert.Equal("""{"type":"object"}""", VersionTwo.Root(schema is null ? null : Parsed(schema), out var isOpen).ToString());
        Assert.True(isOpen);
    }

    private static JsonObject Parsed(string json) => JsonTree.ParseObject(Encoding.UTF8.GetBytes(json));
}
