using Proa.Api.Json;
using Proa.Api.Kinds.Internal;

namespace Proa.Api.Kinds.Pods;

/// <summary>The rules of writes to <c>pods/ephemeralcontainers</c> and <c>pods/resize</c>, on top of those of any pod.</summary>
internal static class PodPartRules
{
    private const string Mirror = "kubernetes.io/config.mirror";

    public static void Ephemeral(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (old.Sub("metadata", "annotations").ContainsKey(Mirror))
        {
            errors.Clear();
            errors.Forbidden("", "static pods do not support ephemeral containers");
            return;
        }
        var now = obj.Sub("spec").Objects("ephemeralContainers").ToList();
        foreach (var before in old.Sub("spec").Objects("ephemeralContainers"))
        {
            var name = before.Text("name");
            var after = now.FindLast(container => container.Text("name") == name);
            if (after is null)
            {
                errors.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers \"{name}\" may not be removed\n");
            }
            else if (!after.DeepEquals(before))
            {
                errors.Forbidden("spec.ephemeralContainers",
                    $"existing ephemeral containers \"{name}\" may not be changed\n{InternalForms.Difference("EphemeralContainer", before, after)}");
            }
        }
    }

    public static void Resize(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (old.Sub("metadata", "annotations").ContainsKey(Mirror))
        {
            errors.Clear();
            errors.Forbidden("", "static pods cannot be resized");
            return;
        }
        var (spec, before) = (obj.Object("spec")!, old.Object("spec")!);
        if (before.Sub("os").Text("name") == "windows")
        {
            errors.Clear();
            errors.Forbidden("", "windows pods cannot be resized");
            return;
        }
        if (QualityOfService.Of(before) != QualityOfService.Of(spec))
        {
            errors.Invalid("spec", old.Sub("status").Text("qosClass"), "Pod QOS Class may not change as a result of resizing");
        }
        if (!Ordered(spec, before, errors))
        {
            return;
        }
        var munged = spec.CloneObject();
        Containers(munged, before, "initContainers", errors);
        Containers(munged, before, "containers", errors);
        if (errors.Count == 0 && !munged.DeepEquals(before))
        {
            errors.Forbidden("spec", "only cpu and memory resources are mutable");
        }
    }

    private static bool Ordered(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        var ordered = true;
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            var (now, old) = (spec.Objects(list).ToList(), before.Objects(list).ToList());
            if (now.Count != old.Count)
            {
                errors.Forbidden($"spec.{list}", $"{list} may not be added or removed on resize");
                ordered = false;
                continue;
            }
            for (var i = 0; i < now.Count; i++)
            {
                if (now[i].Text("name") != old[i].Text("name"))
                {
                    errors.Forbidden($"spec.{list}[{i}].name", $"{list} may not be renamed or reordered on resize");
                    ordered = false;
                }
            }
        }
        return ordered;
    }

    /// <summary>Nothing but CPU and memory changes, and neither is taken away; puts both back to compare the rest.</summary>
    private static void Containers(JsonObject munged, JsonObject before, string list, FieldErrors errors)
    {
        var i = 0;
        foreach (var (now, old) in munged.Objects(list).Zip(before.Objects(list)))
        {
            var at = $"spec.{list}[{i++}]";
            var sidecar = list == "containers" || now.Text("restartPolicy") == "Always";
            var changed = !now.DeepEquals(old);
            if (sidecar)
            {
                Removed(now, old, at, errors);
                Restore(now, old);
                if (!now.DeepEquals(old))
                {
                    errors.Forbidden(list == "containers" ? "spec" : at, list == "containers"
                        ? "only cpu and memory resources are mutable"
                        : "only cpu and memory resources for init or sidecar containers are mutable");
                }
            }
            else if (changed)
            {
                errors.Forbidden("spec", "resources for non-sidecar init containers are immutable");
            }
        }
    }

    private static void Removed(JsonObject now, JsonObject old, string at, FieldErrors errors)
    {
        foreach (var (part, what) in (ReadOnlySpan<(string, string)>)[("requests", "resource requests"), ("limits", "resource limits")])
        {
            var (after, before) = (now.Sub("resources", part), old.Sub("resources", part));
            if (before.Keys.Any(name => !after.ContainsKey(name)))
            {
                errors.Forbidden($"{at}.resources.{part}", $"{what} cannot be removed");
            }
        }
    }

    private static void Restore(JsonObject now, JsonObject old)
    {
        foreach (var part in (ReadOnlySpan<string>)["limits", "requests"])
        {
            var before = old.Sub("resources", part);
            var after = now.Sub("resources", part).CloneObject();
            foreach (var name in (ReadOnlySpan<string>)["cpu", "memory"])
            {
                after.Remove(name);
                if (before[name] is { } value)
                {
                    after[name] = value.Clone();
                }
            }
            var resources = now.EnsureObject("resources");
            if (after.Count > 0)
            {
                resources[part] = after;
            }
            else
            {
                resources.Remove(part);
            }
        }
    }
}
