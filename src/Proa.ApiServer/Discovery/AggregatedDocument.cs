using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>All groups in one document: <c>apidiscovery.k8s.io APIGroupDiscoveryList</c>, which spares clients a request a group.</summary>
internal static class AggregatedDocument
{
    public static byte[] Make(IReadOnlyList<ApiGroup> groups, string version) => JsonTree.ToUtf8(new JsonObject
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray(groups.Where(group => group.Versions.Any(version => version.IsKnown)).Select(group => (JsonValue)Group(group))),
    });

    private static JsonObject Group(ApiGroup group)
    {
        var metadata = new JsonObject();
        if (group.Name.Length > 0)
        {
            metadata["name"] = group.Name;
        }
        metadata["creationTimestamp"] = JsonNull.Instance;
        return new()
        {
            ["metadata"] = metadata,
            ["versions"] = new JsonArray(group.Versions.Where(version => version.IsKnown).Select(version => (JsonValue)Version(version))),
        };
    }

    private static JsonObject Version(ApiVersion version) => version.Remote?.CloneObject() ?? new()
    {
        ["version"] = version.Name,
        ["resources"] = new JsonArray(version.Types.Select(type => (JsonValue)Resource(type))),
        ["freshness"] = "Current",
    };

    private static JsonObject Resource(ServedType type)
    {
        var json = new JsonObject
        {
            ["resource"] = type.Plural,
            ["responseKind"] = Kind(type.Info.Gvk),
            ["scope"] = type.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = type.Singular,
            ["verbs"] = DiscoveryDocuments.Strings(type.Verbs.Order(StringComparer.Ordinal)),
        };
        if (type.ShortNames.Count > 0)
        {
            json["shortNames"] = DiscoveryDocuments.Strings(type.ShortNames);
        }
        if (type.Categories.Count > 0)
        {
            json["categories"] = DiscoveryDocuments.Strings(type.Categories);
        }
        if (type.Subresources.Count > 0)
        {
            json["subresources"] = new JsonArray(type.Subresources.OrderBy(sub => sub.Name, StringComparer.Ordinal).Select(sub => (JsonValue)new JsonObject
            {
                ["subresource"] = sub.Name,
                ["responseKind"] = Kind(sub.Kind),
                ["verbs"] = DiscoveryDocuments.Strings(sub.Verbs.Order(StringComparer.Ordinal)),
            }));
        }
        return json;
    }

    private static JsonObject Kind(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };
}
