using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

internal sealed class PodStrategy() : KindStrategy(new("", "v1", "Pod"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private const string MayChange = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public override IReadOnlyList<string> SelectableFields { get; } =
        ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"];

    public override void ApplyDefaults(JsonObject obj)
    {
        PodSpecDefaults.ApplyToPod(obj.EnsureObject("spec"));
        if (obj.Object("status") is { } status && status.Text("podIP") is { Length: > 0 } ip && status.Array("podIPs") is null)
        {
            status["podIPs"] = new JsonArray([new JsonObject { ["ip"] = ip }]);
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        var spec = obj.EnsureObject("spec");
        if (spec.Int("terminationGracePeriodSeconds") < 0)
        {
            spec["terminationGracePeriodSeconds"] = 1;
        }
        var status = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QualityOfService.Of(spec) };
        if (spec.Array("schedulingGates") is { Count: > 0 })
        {
            status["conditions"] = new JsonArray(
            [
                new JsonObject
                {
                    ["type"] = "PodScheduled",
                    ["status"] = "False",
                    ["reason"] = "SchedulingGated",
                    ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
                },
            ]);
        }
        obj["status"] = status;
    }

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForStatusUpdate(obj, old);
        var metadata = obj.EnsureObject("metadata");
        var before = old.Object("metadata");
        metadata["deletionTimestamp"] = before?["deletionTimestamp"];
        metadata["ownerReferences"] = before?["ownerReferences"]?.Clone();
        var status = obj.EnsureObject("status");
        if (status.Text("qosClass").Length == 0 && old.Object("status")?["qosClass"] is { } qos)
        {
            status["qosClass"] = qos;
        }
    }

    public override string FieldValue(JsonObject obj, string field) =>
        field == "spec.hostNetwork" ? (obj.Object("spec")?.Bool("hostNetwork") == true ? "true" : "false") : base.FieldValue(obj, field);

    protected override void Check(JsonObject obj, FieldErrors errors) =>
        PodSpecRules.Check(obj.Object("spec") ?? new JsonObject(), "spec", errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        var before = old.Object("spec") ?? new JsonObject();
        if (spec.DeepEquals(before))
        {
            return;
        }
        PodSpecRules.Check(spec, "spec", errors);
        if (errors.Count > 0)
        {
            return;
        }
        if (spec.Array("containers")?.Count != before.Array("containers")?.Count)
        {
            errors.Forbidden("spec.containers", "pod updates may not add or remove containers");
            return;
        }
        if ((spec.Array("initContainers")?.Count ?? 0) != (before.Array("initContainers")?.Count ?? 0))
        {
            errors.Forbidden("spec.initContainers", "pod updates may not add or remove containers");
            return;
        }
        if (spec.Int("activeDeadlineSeconds") is var deadline && before.Int("activeDeadlineSeconds") is { } oldDeadline)
        {
            if (deadline is null)
            {
                errors.Invalid("spec.activeDeadlineSeconds", JsonNull.Instance, "must not update from a positive integer to nil value");
            }
            else if (deadline > oldDeadline)
            {
                errors.Invalid("spec.activeDeadlineSeconds", deadline.Value, "must be less than or equal to previous value");
            }
        }
        var allowed = spec.CloneObject();
        allowed["activeDeadlineSeconds"] = before["activeDeadlineSeconds"];
        RestoreImages(allowed, before);
        if (KeepsTolerations(spec, before))
        {
            allowed["tolerations"] = before["tolerations"];
        }
        if (before.Int("terminationGracePeriodSeconds") < 0 && spec.Int("terminationGracePeriodSeconds") == 1)
        {
            allowed["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"];
        }
        if (before.Array("schedulingGates") is { Count: > 0 } gates)
        {
            // Gates may only go; while one is left, what narrows the choice of nodes may be set.
            if ((spec.Array("schedulingGates") ?? []).All(gate => gates.Any(g => g.DeepEquals(gate))))
            {
                allowed["schedulingGates"] = before["schedulingGates"];
            }
            allowed["nodeSelector"] = before["nodeSelector"];
            allowed["affinity"] = before["affinity"];
        }
        if (!allowed.DeepEquals(before))
        {
            errors.Forbidden("spec", MayChange);
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

    private static bool KeepsTolerations(JsonObject spec, JsonObject before) =>
        before.Objects("tolerations").All(old => spec.Objects("tolerations").Any(t =>
        {
            var (a, b) = (t.CloneObject(), old.CloneObject());
            a.Remove("tolerationSeconds");
            b.Remove("tolerationSeconds");
            return a.DeepEquals(b);
        }));
}
