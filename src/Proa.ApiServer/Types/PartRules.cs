using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Types;

/// <summary>What the subresources that exchange a whole object may change of it, besides status. Pure.</summary>
internal static class PartRules
{
    /// <summary>Makes of the new object the old one with only this part changed.</summary>
    public static void Keep(JsonObject obj, JsonObject old, string subresource)
    {
        var spec = obj.Object("spec") ?? [];
        var kept = old.Object("spec")?.CloneObject() ?? [];
        switch (subresource)
        {
            case "finalize":
                kept["finalizers"] = spec["finalizers"];
                break;
            case "ephemeralcontainers":
                kept["ephemeralContainers"] = spec["ephemeralContainers"];
                break;
            case "resize":
                Resize(spec, kept);
                break;
            default:
                return;
        }
        obj["spec"] = kept;
        obj["status"] = old["status"]?.Clone();
        if (subresource != "finalize" && !kept.DeepEquals(old.Object("spec")))
        {
            var metadata = Metadata.Of(obj);
            metadata["generation"] = (metadata.Int("generation") ?? 0) + 1;
        }
    }

    private static void Resize(JsonObject spec, JsonObject kept)
    {
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var item in kept.Array(list) ?? [])
            {
                if (item is JsonObject container && Find(spec.Array(list), container.String("name")) is { } wanted)
                {
                    container["resources"] = wanted["resources"]?.Clone();
                    container["resizePolicy"] = wanted["resizePolicy"]?.Clone();
                }
            }
        }
        kept["resources"] = spec["resources"]?.Clone();
    }

    private static JsonObject? Find(JsonArray? containers, string? name)
    {
        foreach (var item in containers ?? [])
        {
            if (item is JsonObject container && container.String("name") == name)
            {
                return container;
            }
        }
        return null;
    }
}
