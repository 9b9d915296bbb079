using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>A pod, or a workload's template, as the checks see it.</summary>
internal sealed class PodUnderCheck
{
    private PodUnderCheck(JsonObject? metadata, JsonObject spec)
    {
        (Annotations, Spec) = (metadata?.Object("annotations") ?? [], spec);
        var containers = new List<JsonObject>();
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            foreach (var item in spec.Array(list) ?? [])
            {
                if (item is JsonObject container)
                {
                    containers.Add(container);
                }
            }
        }
        Containers = containers;
    }

    public JsonObject Annotations { get; }

    public JsonObject Spec { get; }

    public JsonObject? Security => Spec.Object("securityContext");

    /// <summary>Those that initialize first, then the others, then the ephemeral ones.</summary>
    public IReadOnlyList<JsonObject> Containers { get; }

    public bool IsWindows => Spec.Object("os")?.String("name") == "windows";

    /// <summary>Root in it is nobody outside.</summary>
    public bool HasOwnUsers => Spec.Bool("hostUsers") == false;

    /// <summary>Of an object of a collection that has pods or makes them; null when it holds no pod.</summary>
    public static PodUnderCheck? Of(string collection, JsonObject obj)
    {
        var holder = collection switch
        {
            "pods" => obj,
            "podtemplates" => obj.Object("template"),
            "cronjobs.batch" => obj.Object("spec")?.Object("jobTemplate")?.Object("spec")?.Object("template"),
            _ => obj.Object("spec")?.Object("template"),
        };
        return holder is null ? null : new(holder.Object("metadata"), holder.Object("spec") ?? []);
    }

    public static string Name(JsonObject container) => container.String("name") ?? "";

    public static JsonObject? SecurityOf(JsonObject container) => container.Object("securityContext");
}
