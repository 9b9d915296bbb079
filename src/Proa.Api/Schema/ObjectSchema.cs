using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>The schema of one kind in one version. Immutable and thread-safe.</summary>
public sealed class ObjectSchema
{
    internal ObjectSchema(GroupVersionKind gvk, SchemaNode root, bool isStructural)
    {
        Gvk = gvk;
        Root = root;
        IsStructural = isStructural;
    }

    public GroupVersionKind Gvk { get; }

    public SchemaNode Root { get; }

    /// <summary>Made from a custom resource definition: nulls and zero values are data, wrong types are field errors.</summary>
    public bool IsStructural { get; }

    /// <summary>The schema of a custom resource: <paramref name="openAPIV3Schema"/> with metadata, apiVersion and kind added.</summary>
    /// <param name="preserveUnknown">The definition's <c>preserveUnknownFields</c>, or no schema at all.</param>
    public static ObjectSchema FromStructural(JsonObject openAPIV3Schema, GroupVersionKind gvk, bool preserveUnknown = false) =>
        new(gvk, StructuralReader.ReadRoot(openAPIV3Schema, preserveUnknown), isStructural: true);
}
