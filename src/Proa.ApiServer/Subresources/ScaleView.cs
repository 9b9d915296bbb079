using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Subresources;

/// <summary>Shows an object as an <c>autoscaling/v1 Scale</c>, and takes one back. Pure.</summary>
internal static class ScaleView
{
    public static JsonObject Of(ServedType type, JsonObject obj)
    {
        var metadata = Metadata.Of(obj);
        var paths = Paths(type);
        var shown = new JsonObject();
        foreach (var key in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            shown[key] = metadata[key];
        }
        var status = new JsonObject { ["replicas"] = Find(obj, paths.StatusReplicas) as JsonNumber ?? (JsonValue)0 };
        if (Selector(obj, paths.Selector) is { Length: > 0 } selector)
        {
            status["selector"] = selector;
        }
        var spec = new JsonObject();
        if (Find(obj, paths.SpecReplicas) is JsonNumber replicas and not { Text: "0" })
        {
            spec["replicas"] = replicas;
        }
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = shown,
            ["spec"] = spec,
            ["status"] = status,
        };
    }

    public static void SetReplicas(ServedType type, JsonObject obj, long replicas)
    {
        var path = Paths(type).SpecReplicas.TrimStart('.').Split('.');
        var at = obj;
        foreach (var name in path.AsSpan(0, path.Length - 1))
        {
            at = at.EnsureObject(name);
        }
        at[path[^1]] = replicas;
    }

    private static (string SpecReplicas, string StatusReplicas, string? Selector) Paths(ServedType type)
    {
        var scale = type.CustomVersion?.Object("subresources")?.Object("scale");
        return scale is null
            ? (".spec.replicas", ".status.replicas", ".spec.selector")
            : (scale.String("specReplicasPath") ?? ".spec.replicas", scale.String("statusReplicasPath") ?? ".status.replicas", scale.String("labelSelectorPath"));
    }

    /// <summary>A selector as text: it is one already, or a label selector, or a plain map of labels.</summary>
    private static string? Selector(JsonObject obj, string? path) => path is null ? null : Find(obj, path) switch
    {
        JsonString text => text.Value,
        JsonObject selector when selector.ContainsKey("matchLabels") || selector.ContainsKey("matchExpressions") =>
            Proa.Api.Selectors.LabelSelector.Of(Proa.Api.Models.Model.Read<Proa.Api.Models.Meta.LabelSelector>(JsonTree.ToUtf8(selector))).ToString(),
        JsonObject labels => string.Join(',', labels.Select(static pair => $"{pair.Key}={(pair.Value as JsonString)?.Value}").Order(StringComparer.Ordinal)),
        _ => null,
    };

    private static JsonValue? Find(JsonObject obj, string path)
    {
        JsonValue? at = obj;
        foreach (var name in path.TrimStart('.').Split('.'))
        {
            at = (at as JsonObject)?[name];
        }
        return at;
    }
}
