using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>Makes other forms of an object from its bytes. Pure.</summary>
internal static class ObjectForms
{
    /// <summary>A <c>PartialObjectMetadata</c>.</summary>
    public static ReadOnlyMemory<byte> MetadataOnly(ReadOnlyMemory<byte> json, string metaVersion = AnswerFormat.Meta)
    {
        var head = metaVersion == AnswerFormat.Meta
            ? "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"u8
            : "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1beta1\",\"metadata\":"u8;
        var metadata = ObjectBytes.MetadataOf(json).Span;
        var made = new byte[head.Length + metadata.Length + 1];
        head.CopyTo(made);
        metadata.CopyTo(made.AsSpan(head.Length));
        made[^1] = (byte)'}';
        return made;
    }
}
