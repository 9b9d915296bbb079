using Proa.Api.Json;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Objects;

/// <summary>Computes what queries need of an object. Pure.</summary>
public static class ObjectIndexing
{
    /// <summary>What a store needs to load objects; custom resources are indexed without their own selectable fields.</summary>
    public static ObjectIndexer For(TypeCatalog types)
    {
        var unknown = new SharedTexts();
        return (resource, json) => types.ForCollection(resource)?.Index(json) ?? MetadataIndex.Read(json, unknown);
    }

    internal static ObjectIndex Of(JsonObject obj, IReadOnlyList<KeyValuePair<string, string>> fields, SharedTexts texts)
    {
        var metadata = obj.Object("metadata");
        return new ObjectIndex
        {
            Uid = metadata?.String("uid") ?? "",
            Labels = Labels(metadata?.Object("labels"), texts),
            Fields = fields,
            OwnerUids = Owners(metadata?.Array("ownerReferences"), texts),
        };
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Labels(JsonObject? labels, SharedTexts texts)
    {
        if (labels is not { Count: > 0 })
        {
            return [];
        }
        var list = new KeyValuePair<string, string>[labels.Count];
        var next = 0;
        foreach (var (key, value) in labels)
        {
            list[next++] = new(texts.Of(key), value is JsonString text ? texts.Of(text.Value) : "");
        }
        return list;
    }

    private static IReadOnlyList<string> Owners(JsonArray? owners, SharedTexts texts)
    {
        if (owners is not { Count: > 0 })
        {
            return [];
        }
        var uids = new List<string>(owners.Count);
        foreach (var owner in owners)
        {
            if (owner is JsonObject reference && reference.String("uid") is { } uid)
            {
                uids.Add(texts.Of(uid));
            }
        }
        return uids.ToArray();
    }
}
