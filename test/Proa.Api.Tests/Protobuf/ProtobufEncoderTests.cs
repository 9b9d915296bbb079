using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Protobuf;
using Proa.Api.Schema;
using Proa.Api.Tests.Fuzz;

namespace Proa.Api.Tests.Protobuf;

public sealed class ProtobufEncoderTests
{
    public static TheoryData<string> Kinds { get; } = [.. SchemaRegistry.BuiltIn.Resources.Select(static r => $"{r.ApiVersion} {r.Kind}").Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encode_AnyFields_ReadBackAsTheyWere(string kind)
    {
        var gvk = GroupVersionKind.Of(kind.Split(' ')[0], kind.Split(' ')[1]);
        var root = SchemaRegistry.BuiltIn.Find(gvk)!.Root;
        for (var seed = 0; seed < 40; seed++)
        {
            var obj = new RandomObjects(seed).Of(gvk, root);

            var encoded = ProtobufEncoder.Encode(obj, SchemaRegistry.BuiltIn);

            Assert.NotNull(encoded);
            var decoded = ProtobufDecoder.Decode(encoded, SchemaRegistry.BuiltIn);
            Assert.True(decoded.DeepEquals(obj), $"seed {seed}:\n{obj}\nread back:\n{decoded}");
        }
    }

    [Fact]
    public void Encode_DefinitionsSchema_KeepsSchemasBoolsAndLists()
    {
        var obj = JsonTree.ParseObject("""{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","spec":{"versions":[{"name":"v1","schema":{"openAPIV3Schema":{"type":"object","additionalProperties":false,"properties":{"a":{"items":{"type":"string"},"x-kubernetes-list-type":"set"},"b":{"additionalProperties":{"type":"string"},"x-kubernetes-preserve-unknown-fields":true,"default":{"c":1}}}}}}]}}"""u8);

        var decoded = ProtobufDecoder.Decode(ProtobufEncoder.Encode(obj, SchemaRegistry.BuiltIn), SchemaRegistry.BuiltIn);

        Assert.True(decoded.DeepEquals(obj), decoded.ToString());
    }

    [Fact]
    public void Encode_UnknownKind_HasNoForm() =>
        Assert.Null(ProtobufEncoder.Encode(JsonTree.ParseObject("""{"apiVersion":"example.com/v1","kind":"Widget"}"""u8), SchemaRegistry.BuiltIn));
}
