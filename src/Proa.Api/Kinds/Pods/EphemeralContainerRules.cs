using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Containers for debugging: they may do less than others, as nothing may rely on them.</summary>
internal static class EphemeralContainerRules
{
    private static readonly string[] s_forbidden =
        ["ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];

    public static void Check(JsonObject spec, string path, PodFacts pod, FieldErrors errors)
    {
        if (spec.Array("ephemeralContainers") is not { Count: > 0 })
        {
            return;
        }
        var others = new HashSet<string>(spec.Objects("containers").Concat(spec.Objects("initContainers")).Select(static c => c.Text("name")), StringComparer.Ordinal);
        var all = new HashSet<string>(others, StringComparer.Ordinal);
        var i = 0;
        foreach (var container in spec.Objects("ephemeralContainers"))
        {
            var at = $"{path}.ephemeralContainers[{i++}]";
            ContainerRules.CheckCommon(container, at, pod, errors);
            PodSpecRules.Trimmed(container, at, errors);
            if (!all.Add(container.Text("name")))
            {
                errors.Duplicate($"{at}.name", container.Text("name"));
            }
            if (container.Text("targetContainerName") is { Length: > 0 } target && !others.Contains(target))
            {
                errors.Add(FieldError.NotFound($"{at}.targetContainerName", target));
            }
            foreach (var name in s_forbidden)
            {
                if (container[name] is not (null or JsonNull or JsonArray { Count: 0 } or JsonObject { Count: 0 }))
                {
                    errors.Forbidden($"{at}.{name}", "cannot be set for an Ephemeral Container");
                }
            }
            var m = 0;
            foreach (var mount in container.Objects("volumeMounts"))
            {
                foreach (var name in (ReadOnlySpan<string>)["subPath", "subPathExpr"])
                {
                    if (mount.Text(name).Length > 0)
                    {
                        errors.Forbidden($"{at}.volumeMounts[{m}].{name}", "cannot be set for an Ephemeral Container");
                    }
                }
                m++;
            }
        }
    }
}
