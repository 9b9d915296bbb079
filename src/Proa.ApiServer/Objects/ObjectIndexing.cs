using Proa.Api.Json;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Objects;

/// <summary>Computes what queries need of an object. Pure.</summary>
public static class ObjectIndexing
{
    /// <summary>What a store needs to load objects; custom resources are indexed without their own selectable fields.</summary>
    public static ObjectIndexer For(TypeCatalog types) => (resource, json) =>
    {
        var obj = JsonTree.ParseObject(json);
        return types.ForCollection(resource)?.Index(obj) ?? Of(obj, []);
    };

    internal static ObjectIndex Of(JsonObject obj, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        var metadata = obj.Object("metadata");
        return new ObjectIndex
        {
            Uid = metadata?.String("uid") ?? "",
            Labels = Labels(metadata?.Object("labels")),
            Fields = fields,
            OwnerUids = Owners(metadata?.Array("ownerReferences")),
        };
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Labels(JsonObject? labels)
    {
        if (labels is not { Count: > 0 })
        {
            return [];
        }
        var list = new List<KeyValuePair<string, string>>(labels.Count);
        foreach (var (key, value) in labels)
        {
            list.Add(new(string.Intern(key), value is JsonString text ? text.Value : ""));
        }
        return list;
    }

    private static IReadOnlyList<string> Owners(JsonArray? owners)
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
                uids.Add(uid);
            }
        }
        return uids;
    }
}
