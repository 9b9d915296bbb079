using Proa.Api.Json;
using Proa.Api.Kinds.Internal;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's update may change: images, deadline, tolerations added, gates removed; while gated, what narrows the choice of nodes.</summary>
internal static class PodUpdateRules
{
    private const string MayChange = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

    public static void Check(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if ((spec.Array(list)?.Count ?? 0) != (before.Array(list)?.Count ?? 0))
            {
                errors.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
                return;
            }
            // Said by the check of the whole already, and once more here.
            var i = 0;
            foreach (var container in spec.Objects(list))
            {
                if (container.Text("image").Length == 0)
                {
                    errors.Required($"spec.{list}[{i}].image");
                }
                i++;
            }
        }
        if (!Deadline(spec, before, errors))
        {
            return;
        }
        Tolerations(spec, before, errors);
        Gates(spec, before, errors);
        var munged = spec.CloneObject();
        RestoreImages(munged, before);
        foreach (var name in (ReadOnlySpan<string>)["activeDeadlineSeconds", "schedulingGates", "tolerations"])
        {
            munged[name] = before[name]?.Clone();
        }
        if (before.Int("terminationGracePeriodSeconds") < 0 && spec.Int("terminationGracePeriodSeconds") == 1)
        {
            munged["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"];
        }
        if (before.Array("schedulingGates") is { Count: > 0 })
        {
            NodeSelector(munged, before, errors);
            NodeAffinity(munged, before, errors);
        }
        if (!munged.DeepEquals(before))
        {
            errors.Forbidden("spec", MayChange + InternalForms.Difference("PodSpec", before, munged));
        }
    }

    private static bool Deadline(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        var old = before.Int("activeDeadlineSeconds");
        if (spec.Int("activeDeadlineSeconds") is { } deadline)
        {
            if (deadline is < 0 or > int.MaxValue)
            {
                errors.Invalid("spec.activeDeadlineSeconds", deadline, "must be between 0 and 2147483647, inclusive");
                return false;
            }
            if (old < deadline)
            {
                errors.Invalid("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value");
                return false;
            }
        }
        else if (old is not null)
        {
            errors.Invalid("spec.activeDeadlineSeconds", JsonNull.Instance, "must not update from a positive integer to nil value");
        }
        return true;
    }

    private static void Tolerations(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (!before.Objects("tolerations").All(old => spec.Objects("tolerations").Any(toleration => SameButSeconds(toleration, old))))
        {
            errors.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
            return;
        }
        SchedulingRules.Tolerations(spec, "spec", errors);
    }

    private static bool SameButSeconds(JsonObject toleration, JsonObject old)
    {
        var (a, b) = (toleration.CloneObject(), old.CloneObject());
        a.Remove("tolerationSeconds");
        b.Remove("tolerationSeconds");
        return a.DeepEquals(b);
    }

    private static void Gates(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        var i = 0;
        foreach (var gate in spec.Objects("schedulingGates"))
        {
            if (!before.Objects("schedulingGates").Any(old => old.Text("name") == gate.Text("name")))
            {
                errors.Forbidden($"spec.schedulingGates[{i}].name", $"only deletion is allowed, but found new scheduling gate '{gate.Text("name")}'");
            }
            i++;
        }
    }

    private static void RestoreImages(JsonObject spec, JsonObject before)
    {
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var (container, old) in spec.Objects(list).Zip(before.Objects(list)))
            {
                container["image"] = old["image"];
            }
        }
    }

    private static void NodeSelector(JsonObject munged, JsonObject before, FieldErrors errors)
    {
        var selector = munged.Object("nodeSelector");
        foreach (var (name, value) in before.Object("nodeSelector") ?? [])
        {
            if (selector?[name]?.DeepEquals(value) != true)
            {
                errors.Invalid("spec.nodeSelector", selector, "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
                break;
            }
        }
        munged["nodeSelector"] = before["nodeSelector"]?.Clone();
    }

    private static void NodeAffinity(JsonObject munged, JsonObject before, FieldErrors errors)
    {
        var old = before.Object("affinity")?.Object("nodeAffinity");
        var now = munged.Object("affinity")?.Object("nodeAffinity");
        if (FieldErrors.Same(old, now))
        {
            return;
        }
        Terms(old, now, errors);
        if (munged.Object("affinity") is not { } affinity)
        {
            munged["affinity"] = new JsonObject { ["nodeAffinity"] = old?.Clone() };
        }
        else if (!before.ContainsKey("affinity") && !affinity.ContainsKey("podAffinity") && !affinity.ContainsKey("podAntiAffinity"))
        {
            munged.Remove("affinity");
        }
        else
        {
            affinity["nodeAffinity"] = old?.Clone();
        }
    }

    private static void Terms(JsonObject? old, JsonObject? now, FieldErrors errors)
    {
        const string At = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        if (old?.Object("requiredDuringSchedulingIgnoredDuringExecution") is not { } required)
        {
            return;
        }
        var before = required.Objects("nodeSelectorTerms").ToList();
        var after = now?.Object("requiredDuringSchedulingIgnoredDuringExecution")?.Objects("nodeSelectorTerms").ToList() ?? [];
        if (before.Count > 0 && before.Count != after.Count)
        {
            var given = now?.Object("requiredDuringSchedulingIgnoredDuringExecution")?.IsGiven("nodeSelectorTerms") == true;
            errors.Invalid(At, given ? new JsonArray(after.Select(static term => InternalForms.Of("NodeSelectorTerm", term))) : JsonNull.Instance,
                "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
            return;
        }
        for (var i = 0; i < before.Count; i++)
        {
            if (!OnlyAdds(before[i], after[i]))
            {
                errors.Invalid($"{At}[{i}]", InternalForms.Of("NodeSelectorTerm", after[i]), "only additions are allowed (no mutations or deletions)");
            }
        }
    }

    private static bool OnlyAdds(JsonObject old, JsonObject now)
    {
        var names = (string[])["matchExpressions", "matchFields"];
        if (names.All(name => (old.Array(name)?.Count ?? 0) == 0) && names.Any(name => now.Array(name)?.Count > 0))
        {
            return false;
        }
        return names.All(name => old.Objects(name).Zip(now.Objects(name)).All(static pair => pair.First.DeepEquals(pair.Second))
            && (now.Array(name)?.Count ?? 0) >= (old.Array(name)?.Count ?? 0));
    }
}
