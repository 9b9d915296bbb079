using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

internal sealed class StatefulSetStrategy() : KindStrategy(new("apps", "v1", "StatefulSet"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private static readonly string[] s_mutable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    protected override void DropGated(JsonObject obj, JsonObject? old)
    {
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));
        DropUngated(obj, old, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable");
    }

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.Default("podManagementPolicy", "OrderedReady");
        var strategy = spec.EnsureObject("updateStrategy");
        if (strategy.Text("type").Length == 0)
        {
            strategy["type"] = "RollingUpdate";
            strategy.EnsureObject("rollingUpdate").DefaultUnset("partition", 0);
        }
        else if (strategy.String("type") == "RollingUpdate" && strategy.Object("rollingUpdate") is { } rolling)
        {
            rolling.DefaultUnset("partition", 0);
        }
        var retention = spec.EnsureObject("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
        spec.DefaultUnset("replicas", 1);
        spec.DefaultUnset("revisionHistoryLimit", 10);
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            // Whatever it says, it is a claim.
            claim["apiVersion"] = "v1";
            claim["kind"] = "PersistentVolumeClaim";
            claim.EnsureObject("spec").DefaultUnset("volumeMode", "Filesystem");
            claim.EnsureObject("status").Default("phase", "Pending");
        }
    }

    protected override string[] NameForm(string name) => Names.DnsLabel(name);

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadStatusRules.Counts(obj, errors, "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount");
        WorkloadStatusRules.NotAbove(obj, "replicas", "cannot be greater than status.replicas", errors, "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas");
        WorkloadStatusRules.NotAbove(obj, "readyReplicas", "cannot be greater than status.readyReplicas", errors, "availableReplicas");
        WorkloadStatusRules.CollisionCount(obj, old, errors);
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = TemplateWarnings.Of(obj, old, null, "spec", "template");
        var i = 0;
        foreach (var claim in obj.Sub("spec").Objects("volumeClaimTemplates"))
        {
            // The original's path of an update has a "Spec" that its path of a creation lacks.
            Pods.QuantityWarnings.Claim(claim.Object("spec"), $"spec.volumeClaimTemplates[{i++}]" + (old is null ? "" : ".Spec"), warnings);
        }
        if (obj.Sub("spec").Int("revisionHistoryLimit") < 0)
        {
            warnings.Add("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended");
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => CheckSet(obj, isUpdate: false, skipTemplate: false, errors);

    private static void CheckSet(JsonObject obj, bool isUpdate, bool skipTemplate, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        if (spec.Text("podManagementPolicy").Length == 0)
        {
            errors.Required("spec.podManagementPolicy");
        }
        else if (spec.Text("podManagementPolicy") is not ("OrderedReady" or "Parallel"))
        {
            errors.Invalid("spec.podManagementPolicy", spec["podManagementPolicy"], "must be 'OrderedReady' or 'Parallel'");
        }
        var strategy = spec.EnsureObject("updateStrategy");
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                if (strategy.ContainsKey("rollingUpdate"))
                {
                    errors.Invalid("spec.updateStrategy.rollingUpdate", RollingForm(strategy.Object("rollingUpdate")), "only allowed for updateStrategy 'RollingUpdate'");
                }
                break;
            case "RollingUpdate":
                Rolling(strategy.Object("rollingUpdate"), errors);
                break;
            default:
                errors.Invalid("spec.updateStrategy", new JsonObject { ["Type"] = strategy["type"], ["RollingUpdate"] = RollingForm(strategy.Object("rollingUpdate")) },
                    "must be 'RollingUpdate' or 'OnDelete'");
                break;
        }
        foreach (var name in (ReadOnlySpan<string>)["whenDeleted", "whenScaled"])
        {
            var policy = spec.Object("persistentVolumeClaimRetentionPolicy").Text(name);
            if (policy is not ("Retain" or "Delete"))
            {
                errors.NotSupported($"spec.persistentVolumeClaimRetentionPolicy.{name}", policy, "Retain", "Delete");
            }
        }
        var i = 0;
        foreach (var claim in isUpdate ? [] : spec.Objects("volumeClaimTemplates"))
        {
            PersistentVolumeClaimRules.CheckSpec(claim.Sub("spec"), $"spec.volumeClaimTemplates[{i++}].spec", errors);
        }
        errors.NonNegative("spec.replicas", spec["replicas"]);
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        errors.NonNegative("spec.ordinals.start", spec.Object("ordinals")?["start"]);
        if (!isUpdate && spec.Text("serviceName") is { Length: > 0 } service)
        {
            errors.Invalid("spec.serviceName", service, Names.DnsLabel(service));
        }
        SelectorAndTemplate(spec, skipTemplate, errors);
    }

    private static void SelectorAndTemplate(JsonObject spec, bool skipTemplate, FieldErrors errors)
    {
        var selector = spec.Object("selector");
        var before = errors.Count;
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else
        {
            LabelSelectorRules.Check(selector, "spec.selector", errors);
        }
        var sound = selector is null || errors.Count == before;
        if (selector is not null && LabelSelectorRules.IsEmpty(selector))
        {
            errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), "empty selector is invalid for statefulset");
        }
        if (!sound)
        {
            errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), "");
        }
        else
        {
            var template = WithClaims(spec).Sub("template");
            var labels = template.At("metadata", "labels");
            if (selector is null || (!LabelSelectorRules.IsEmpty(selector) && !LabelSelectorRules.Matches(selector, labels)))
            {
                errors.Invalid("spec.template.metadata.labels", WorkloadRules.LabelsOf(spec), "`selector` does not match template `labels`");
            }
            if (!skipTemplate)
            {
                PodSpecRules.CheckTemplate(template, "spec.template", errors);
            }
            // The original looks at these twice.
            PodSpecRules.CheckMetadata(template.Object("metadata"), template.Sub("spec"), "spec.template", errors);
        }
        WorkloadRules.Lasting(spec.Sub("template"), "StatefulSet", errors);
    }

    private static JsonValue RollingForm(JsonObject? rolling) => rolling is null
        ? JsonNull.Instance
        : new JsonObject { ["Partition"] = rolling["partition"] ?? 0, ["MaxUnavailable"] = rolling["maxUnavailable"] ?? JsonNull.Instance };

    private static void Rolling(JsonObject? rolling, FieldErrors errors)
    {
        const string Field = "spec.updateStrategy.rollingUpdate";
        if (rolling is null)
        {
            return;
        }
        errors.NonNegative($"{Field}.partition", rolling["partition"]);
        if (rolling["maxUnavailable"] is not { } unavailable)
        {
            return;
        }
        WorkloadRules.IntOrPercent(unavailable, $"{Field}.maxUnavailable", errors);
        if (WorkloadRules.IsZero(unavailable))
        {
            errors.Invalid($"{Field}.maxUnavailable", unavailable, "cannot be 0");
        }
        WorkloadRules.NotMoreThanAll(unavailable, $"{Field}.maxUnavailable", errors);
    }

    /// <summary>As its pods will be: what is claimed for each is a volume of the template too, and names are given by the controller.</summary>
    private static JsonObject WithClaims(JsonObject spec)
    {
        if (spec.At("template", "spec") is not { } pod || (spec.Array("volumeClaimTemplates") is not { Count: > 0 } && pod.Text("subdomain").Length + pod.Text("hostname").Length == 0))
        {
            return spec;
        }
        var made = spec.CloneObject();
        pod = made.At("template", "spec")!;
        pod.Remove("subdomain");
        pod.Remove("hostname");
        var names = spec.Objects("volumeClaimTemplates").Select(static claim => claim.Sub("metadata").Text("name")).Distinct().ToList();
        var volumes = new JsonArray(names.Select(static name => (JsonValue)new JsonObject
        {
            ["name"] = name,
            ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name },
        }));
        foreach (var volume in pod.Objects("volumes"))
        {
            if (!names.Contains(volume.Text("name")))
            {
                volumes.Add(volume);
            }
        }
        pod["volumes"] = volumes;
        return made;
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        // What was stored unsound may stay so.
        var stored = new FieldErrors();
        CheckSet(old.CloneObject(), isUpdate: true, skipTemplate: false, stored);
        CheckSet(obj, isUpdate: true, skipTemplate: stored.Count > 0, errors);
        var (wanted, before) = (obj.EnsureObject("spec").CloneObject(), (old.Object("spec") ?? new JsonObject()).CloneObject());
        foreach (var name in s_mutable)
        {
            wanted.Remove(name);
            before.Remove(name);
        }
        if (!wanted.DeepEquals(before))
        {
            errors.Forbidden("spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }
}
