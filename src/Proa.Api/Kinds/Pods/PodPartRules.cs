using Proa.Api.Json;
using Proa.Api.Kinds.Internal;

namespace Proa.Api.Kinds.Pods;

/// <summary>The rules of writes to <c>pods/ephemeralcontainers</c> and <c>pods/resize</c>, on top of those of any pod.</summary>
internal static class PodPartRules
{
    // How the original prints the path of nothing.
    private const string Whole = "[]";

    private const string Mirror = "kubernetes.io/config.mirror";

    public static void Ephemeral(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (old.Sub("metadata", "annotations").ContainsKey(Mirror))
        {
            errors.Clear();
            errors.Forbidden(Whole, "static pods do not support ephemeral containers");
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
            errors.Forbidden(Whole, "static pods cannot be resized");
            return;
        }
        var (spec, before) = (obj.Object("spec")!, old.Object("spec")!);
        if (before.Sub("os").Text("name") == "windows")
        {
            errors.Clear();
            errors.Forbidden(Whole, "windows pods cannot be resized");
            return;
        }
        var status = old.Sub("status");
        var quality = status.Text("qosClass") is { Length: > 0 } stated ? stated : QualityOfService.Of(before);
        if (quality != QualityOfService.Of(spec))
        {
            errors.Invalid("spec", status.Text("qosClass"), "Pod QOS Class may not change as a result of resizing");
        }
        if (status.Objects("containerStatuses").FirstOrDefault(static one => one.At("state", "running") is not null) is { } running && !running.ContainsKey("resources"))
        {
            errors.Forbidden("spec", "Pod running on node without support for resize");
        }
        var munged = spec.CloneObject();
        WholePod(munged, spec, before, errors);
        if (!Ordered(spec, before, errors))
        {
            return;
        }
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            var i = 0;
            foreach (var (now, then) in spec.Objects(list).Zip(before.Objects(list)))
            {
                Removed(now, then, $"spec.{list}[{i++}].resources", "resource", errors);
            }
        }
        Containers(munged, before, errors);
        if (errors.Count == 0 && !munged.DeepEquals(before))
        {
            errors.Forbidden("spec", "only cpu and memory resources are mutable");
        }
    }

    /// <summary>What the pod asks for as a whole.</summary>
    private static void WholePod(JsonObject munged, JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (!Says(spec) && !Says(before))
        {
            return;
        }
        if (before.ContainsKey("resources") && !spec.ContainsKey("resources"))
        {
            errors.Forbidden("spec.resources", "pod-level resources cannot be removed");
            return;
        }
        if (before.ContainsKey("resources"))
        {
            Removed(spec, before, "spec.resources", "pod-level resource", errors);
        }
        Restore(munged, before);
        if (!before.ContainsKey("resources") && munged.Object("resources") is { Count: 0 })
        {
            munged.Remove("resources");
        }
        if (!FieldErrors.Same(munged["resources"], before["resources"]))
        {
            errors.Forbidden("spec", "only cpu and memory resources are mutable at pod-level");
        }
    }

    private static bool Says(JsonObject spec) => spec.Sub("resources", "requests").Count + spec.Sub("resources", "limits").Count > 0;

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

    /// <summary>Nothing but CPU and memory changes; puts both back to compare the rest.</summary>
    private static void Containers(JsonObject munged, JsonObject before, FieldErrors errors)
    {
        foreach (var (now, old) in munged.Objects("containers").Zip(before.Objects("containers")))
        {
            Restore(now, old);
            // The original forgets the claims here, so that what has some cannot be resized.
            now.Object("resources")?.Remove("claims");
            if (!now.DeepEquals(old))
            {
                errors.Forbidden("spec", "only cpu and memory resources are mutable");
            }
        }
        var i = 0;
        foreach (var (now, old) in munged.Objects("initContainers").Zip(before.Objects("initContainers")))
        {
            var at = $"spec.initContainers[{i++}]";
            var changed = !now.DeepEquals(old);
            Restore(now, old);
            now.Object("resources")?.Remove("claims");
            if (!now.DeepEquals(old))
            {
                errors.Forbidden(at, "only cpu and memory resources for init or sidecar containers are mutable");
            }
            foreach (var policy in changed && now.Text("restartPolicy") != "Always" ? now.Objects("resizePolicy") : [])
            {
                if (policy.Text("restartPolicy") == "RestartContainer")
                {
                    errors.Forbidden(at, "non-sidecar init containers with a resize policy of RestartContainer cannot be resized");
                }
            }
        }
    }

    private static void Removed(JsonObject now, JsonObject old, string at, string what, FieldErrors errors)
    {
        foreach (var part in (ReadOnlySpan<string>)["requests", "limits"])
        {
            var (after, before) = (now.Sub("resources", part), old.Sub("resources", part));
            if (before.Count > after.Count || before.Keys.Any(name => !after.ContainsKey(name)))
            {
                errors.Forbidden($"{at}.{part}", $"{what} {part} cannot be removed");
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
            if (after.Count > 0)
            {
                now.EnsureObject("resources")[part] = after;
            }
            else
            {
                now.Object("resources")?.Remove(part);
            }
        }
    }
}
