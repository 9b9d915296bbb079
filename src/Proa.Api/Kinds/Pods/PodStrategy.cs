using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

internal sealed class PodStrategy() : KindStrategy(new("", "v1", "Pod"), new(Namespaced: true, HasStatus: true, CountsGeneration: true)), IPartRules, INamesFieldLabels
{
    public override IReadOnlyList<string> SelectableFields { get; } =
        ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"];

    /// <summary>The node has an older name, which is still understood.</summary>
    public string? FieldOfLabel(string label) =>
        label == "spec.host" ? "spec.nodeName" : SelectableFields.Contains(label, StringComparer.Ordinal) ? label : null;

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        PodSpecDefaults.ApplyToPod(spec);
        if (spec.Int("terminationGracePeriodSeconds") < 0)
        {
            spec["terminationGracePeriodSeconds"] = 1;
        }
        if (obj.Object("status") is { } status)
        {
            AlignIps(status);
        }
    }

    /// <summary>The one address leads; where there is none, it is the first of the list.</summary>
    private static void AlignIps(JsonObject status)
    {
        var first = status.Objects("podIPs").FirstOrDefault()?.Text("ip");
        if (status.Text("podIP") is { Length: > 0 } ip)
        {
            if (first != ip)
            {
                status["podIPs"] = new JsonArray([new JsonObject { ["ip"] = ip }]);
            }
        }
        else if (!string.IsNullOrEmpty(first))
        {
            status["podIP"] = first;
        }
    }

    protected override void DropGated(JsonObject obj, JsonObject? old) => GatedFields.Drop(obj.Object("spec"), old?.Object("spec"));

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        AppArmorAnnotations.ToFields(obj);
        var spec = obj.EnsureObject("spec");
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
        KeepObserved(status, old.Sub("status"));
        GatedFields.DropFromStatus(status, old.Sub("status"));
    }

    /// <summary>Writers that do not know of generations do not lose them.</summary>
    private static void KeepObserved(JsonObject status, JsonObject before)
    {
        Keep(status, before);
        var left = before.Objects("conditions").ToList();
        foreach (var condition in status.Objects("conditions"))
        {
            if (left.Find(one => one.Text("type") == condition.Text("type")) is { } old)
            {
                left.Remove(old);
                Keep(condition, old);
            }
        }

        static void Keep(JsonObject now, JsonObject then)
        {
            if ((now.Int("observedGeneration") ?? 0) == 0 && then["observedGeneration"] is { } generation)
            {
                now["observedGeneration"] = generation;
            }
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        PodAnnotationRules.CheckUpdate(obj, old, errors);
        PodStatusRules.Check(obj, old, errors);
    }

    public override string FieldValue(JsonObject obj, string field) =>
        field == "spec.hostNetwork" ? (obj.Object("spec")?.Bool("hostNetwork") == true ? "true" : "false") : base.FieldValue(obj, field);

    public void PreparePart(JsonObject obj, JsonObject old) => DropGated(obj, old);

    public IReadOnlyList<FieldError> ValidatePart(JsonObject obj, JsonObject old, string subresource)
    {
        var errors = new FieldErrors();
        ObjectMetaRules.ValidateUpdate(obj, old, Passes, errors);
        CheckPod(obj, obj.Sub("spec"), errors);
        PodAnnotationRules.CheckUpdate(obj, old, errors);
        if (subresource == "resize")
        {
            PodPartRules.Resize(obj, old, errors);
        }
        else
        {
            PodPartRules.Ephemeral(obj, old, errors);
        }
        return errors.All;
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        // Pods are updated by machines.
        var warnings = new List<string>();
        if (old is null)
        {
            if (PodWarnings.OfName(obj, "the Pod's hostname") is { } name)
            {
                warnings.Add(name);
            }
            PodWarnings.Add(obj, "", warnings);
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        CheckPod(obj, spec, errors);
        if (spec.Array("ephemeralContainers") is { Count: > 0 })
        {
            errors.Forbidden("spec.ephemeralContainers", "cannot be set on create");
        }
        if (spec.Text("nodeName").Length > 0 && spec.Array("schedulingGates") is { Count: > 0 })
        {
            errors.Forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
        }
        ProfileRules.Check(obj.Sub("metadata").Object("annotations"), spec, "spec", errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        var before = old.Object("spec") ?? new JsonObject();
        PodAnnotationRules.CheckUpdate(obj, old, errors);
        if (spec.DeepEquals(before))
        {
            return;
        }
        CheckPod(obj, spec, errors);
        PodUpdateRules.Check(spec, before, errors);
    }

    private static void CheckPod(JsonObject obj, JsonObject spec, FieldErrors errors)
    {
        PodAnnotationRules.Check(obj.Sub("metadata").Object("annotations"), spec, "metadata.annotations", errors);
        PodSpecRules.Check(spec, "spec", errors, obj);
    }
}
