using System.Security.Cryptography;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>The classic discovery documents.</summary>
internal static class DiscoveryDocuments
{
    public static byte[] Versions(string serverAddress) => JsonTree.ToUtf8(new JsonObject
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray(["v1"]),
        ["serverAddressByClientCIDRs"] = new JsonArray(
        [
            new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = serverAddress },
        ]),
    });

    public static byte[] Groups(IReadOnlyList<ApiGroup> groups) => JsonTree.ToUtf8(new JsonObject
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray(ByService(groups).Select(group => (JsonValue)Entry(group, []))),
    });

    /// <summary>In the order of the APIServices, which differs from the groups' where their priority is the same.</summary>
    private static IEnumerable<ApiGroup> ByService(IReadOnlyList<ApiGroup> groups) => groups.Where(static group => group.Name.Length > 0)
        .OrderByDescending(static group => group.Priority).ThenBy(static group => group.ServiceName, StringComparer.Ordinal);

    public static byte[] Group(ApiGroup group) =>
        JsonTree.ToUtf8(Entry(group, new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" }));

    public static byte[] Resources(ApiVersion version)
    {
        var list = new JsonObject { ["kind"] = "APIResourceList" };
        if (version.Types[0].Group.Length > 0)
        {
            list["apiVersion"] = "v1";
        }
        list["groupVersion"] = version.GroupVersion;
        var resources = new JsonArray();
        foreach (var type in version.Types)
        {
            resources.Add(Resource(type));
            foreach (var subresource in type.Subresources.OrderBy(sub => sub.Name, StringComparer.Ordinal))
            {
                resources.Add(Subresource(type, subresource));
            }
        }
        list["resources"] = resources;
        return JsonTree.ToUtf8(list);
    }

    public static byte[] Paths(IReadOnlyList<ApiGroup> groups)
    {
        var paths = new List<string>
        {
            "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/metrics", "/metrics/slis", "/openapi/v2", "/openapi/v3",
            "/openapi/v3/", "/openid/v1/jwks", "/readyz", "/version",
        };
        foreach (var group in groups.Where(group => group.Name.Length > 0))
        {
            paths.Add($"/apis/{group.Name}");
            paths.AddRange(group.Versions.Select(version => $"/apis/{version.GroupVersion}"));
        }
        paths.Sort(StringComparer.Ordinal);
        return JsonTree.Indented(JsonTree.ToUtf8(new JsonObject { ["paths"] = new JsonArray(paths.Select(path => (JsonValue)path)) }));
    }

    public static JsonArray Strings(IEnumerable<string> values) => new(values.Select(value => (JsonValue)value));

    private static JsonObject Entry(ApiGroup group, JsonObject json)
    {
        json["name"] = group.Name;
        json["versions"] = new JsonArray(group.Versions.Select(version => (JsonValue)Version(version)));
        json["preferredVersion"] = Version(group.Versions[0]);
        return json;
    }

    private static JsonObject Version(ApiVersion version) => new() { ["groupVersion"] = version.GroupVersion, ["version"] = version.Name };

    private static JsonObject Resource(ServedType type)
    {
        var json = new JsonObject
        {
            ["name"] = type.Plural,
            ["singularName"] = type.Singular,
            ["namespaced"] = type.Namespaced,
            ["kind"] = type.Kind,
            ["verbs"] = Strings(type.Verbs.Order(StringComparer.Ordinal)),
        };
        if (type.ShortNames.Count > 0)
        {
            json["shortNames"] = Strings(type.ShortNames);
        }
        if (type.Categories.Count > 0)
        {
            json["categories"] = Strings(type.Categories);
        }
        if (type.Verbs.Contains("list") && type.Plural != "componentstatuses")
        {
            json["storageVersionHash"] = Hash($"{type.Group}/{type.Version}/{type.Kind}");
        }
        return json;
    }

    private static JsonObject Subresource(ServedType type, ServedSubresource subresource)
    {
        var json = new JsonObject
        {
            ["name"] = $"{type.Plural}/{subresource.Name}",
            ["singularName"] = "",
            ["namespaced"] = type.Namespaced,
        };
        if (subresource.Kind.Group != type.Group || subresource.Kind.Version != type.Version)
        {
            json["group"] = subresource.Kind.Group;
            json["version"] = subresource.Kind.Version;
        }
        json["kind"] = subresource.Kind.Kind;
        json["verbs"] = Strings(subresource.Verbs.Order(StringComparer.Ordinal));
        return json;
    }

    private static string Hash(string gvk) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(gvk)).AsSpan(0, 8));
}
