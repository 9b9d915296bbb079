using Proa.Api.Json;

namespace Proa.Api.Kinds.Core;

/// <summary>The two fields by which a claim names what its volume is filled from.</summary>
internal static class ClaimSources
{
    /// <summary>Drops what cannot be a source, and makes the fields say the same.</summary>
    public static void Prepare(JsonObject spec, JsonObject? old)
    {
        // Sources in other namespaces are of a feature that is switched off.
        if (spec.Object("dataSourceRef").Text("namespace").Length > 0 && old?.ContainsKey("dataSourceRef") != true)
        {
            spec.Remove("dataSourceRef");
        }
        var inUse = old is not null && (old.ContainsKey("dataSource") || old.ContainsKey("dataSourceRef"));
        if (!inUse && !spec.ContainsKey("dataSourceRef") && spec.Object("dataSource") is { } source
            && (source.Text("apiGroup"), source.Text("kind")) is not (("", "PersistentVolumeClaim") or ("snapshot.storage.k8s.io", "VolumeSnapshot")))
        {
            spec.Remove("dataSource");
        }
        Complete(spec);
    }

    /// <summary>Whichever is there is there in both fields.</summary>
    public static void Complete(JsonObject spec)
    {
        if (spec.Object("dataSource") is { } source && !spec.ContainsKey("dataSourceRef"))
        {
            spec["dataSourceRef"] = source.Clone();
        }
        else if (spec.Object("dataSourceRef") is { } reference && !spec.ContainsKey("dataSource") && reference.Text("namespace").Length == 0)
        {
            var local = reference.CloneObject();
            local.Remove("namespace");
            spec["dataSource"] = local;
        }
    }
}
