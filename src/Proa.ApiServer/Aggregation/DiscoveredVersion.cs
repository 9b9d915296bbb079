using Proa.Api.Json;

namespace Proa.ApiServer.Aggregation;

/// <summary>What another server tells of a version of a group. Immutable.</summary>
/// <param name="Entry">As it stands in <c>APIGroupDiscovery.versions</c>, with its freshness.</param>
internal sealed record DiscoveredVersion(JsonObject Entry)
{
    /// <summary>It could not be asked: clients are told that there may be more than they see.</summary>
    public static DiscoveredVersion Stale(string version) => new(new JsonObject { ["version"] = version, ["freshness"] = "Stale" });

    public static DiscoveredVersion Current(JsonObject entry)
    {
        var copy = entry.CloneObject();
        // Older clients read it without a look whether it is there.
        foreach (var resource in copy.Array("resources")?.OfType<JsonObject>() ?? [])
        {
            FillKind(resource);
            foreach (var subresource in resource.Array("subresources")?.OfType<JsonObject>() ?? [])
            {
                FillKind(subresource);
            }
        }
        copy["freshness"] = "Current";
        return new(copy);
    }

    private static void FillKind(JsonObject resource) => resource["responseKind"] ??= new JsonObject { ["group"] = "", ["version"] = "", ["kind"] = "" };
}
