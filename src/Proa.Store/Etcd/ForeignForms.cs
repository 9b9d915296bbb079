using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Protobuf;
using Proa.Api.Schema;

namespace Proa.Store.Etcd;

/// <summary>
/// Brings what an original API server keeps into the form in which it serves it: its protobuf names empty values that its JSON
/// leaves out, and some kinds it keeps in an older
/// version. Pure.
/// </summary>
internal static class ForeignForms
{
    private static readonly string[] s_emptyMetadata =
        ["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "labels", "annotations", "finalizers", "ownerReferences", "managedFields"];

    /// <exception cref="FormatException">Not an object of a known kind.</exception>
    public static JsonObject Read(byte[] value)
    {
        if (RangeAllocationReader.Is(value))
        {
            return RangeAllocationReader.Read(value);
        }
        if (!value.AsSpan().StartsWith("k8s\0"u8))
        {
            return Current(JsonTree.ParseObject(value));
        }
        var obj = ProtobufDecoder.Decode(value, SchemaRegistry.BuiltIn, Known);
        if (obj.Object("metadata") is { } metadata)
        {
            DropEmpties(metadata);
        }
        obj = Current(obj);
        var gvk = GroupVersionKind.Of(obj.String("apiVersion") ?? "", obj.String("kind") ?? "");
        if (SchemaRegistry.BuiltIn.Find(gvk) is { } schema)
        {
            SchemaEngine.Normalize(schema, obj, NormalizeOptions.Quiet);
        }
        return obj;
    }

    private static JsonObject Current(JsonObject obj)
    {
        if (obj.String("kind") == "CustomResourceDefinition" && obj.String("apiVersion") == StoredDefinition.OldVersion)
        {
            StoredDefinition.Convert(obj);
        }
        var stored = GroupVersionKind.Of(obj.String("apiVersion") ?? "", obj.String("kind") ?? "");
        var known = Known(stored);
        if (known != stored)
        {
            obj["apiVersion"] = known.ApiVersion;
        }
        return obj;
    }

    /// <summary>
    /// A kind is kept in a version that an older server would know, though that need not be served; where it is not, its form is
    /// that of the one that is.
    /// </summary>
    private static GroupVersionKind Known(GroupVersionKind stored)
    {
        if (SchemaRegistry.BuiltIn.Find(stored) is null)
        {
            foreach (var served in SchemaRegistry.BuiltIn.Resources)
            {
                if (served.Group == stored.Group && served.Kind == stored.Kind)
                {
                    return served.Gvk;
                }
            }
        }
        return stored;
    }

    private static void DropEmpties(JsonObject metadata)
    {
        foreach (var key in s_emptyMetadata)
        {
            if (IsEmpty(metadata[key]))
            {
                metadata.Remove(key);
            }
        }
        foreach (var entry in metadata.Array("managedFields") ?? [])
        {
            if (entry is JsonObject owner && IsEmpty(owner["subresource"]))
            {
                owner.Remove("subresource");
            }
        }
    }

    private static bool IsEmpty(JsonValue? value) =>
        value is JsonNull or JsonObject { Count: 0 } or JsonArray { Count: 0 } or JsonString { Value.Length: 0 } or JsonNumber { Text: "0" };
}
