using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

internal sealed class StatefulSetStrategy() : KindStrategy(new("apps", "v1", "StatefulSet"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private static readonly string[] s_mutable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

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
            claim.Default("apiVersion", "v1");
            claim.Default("kind", "PersistentVolumeClaim");
            claim.EnsureObject("spec").Default("volumeMode", "Filesystem");
            claim.EnsureObject("status").Default("phase", "Pending");
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        if (spec.Text("podManagementPolicy") is not ("OrderedReady" or "Parallel"))
        {
            errors.Invalid("spec.podManagementPolicy", spec["podManagementPolicy"], "must be 'OrderedReady' or 'Parallel'");
        }
        var strategy = spec.EnsureObject("updateStrategy");
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                if (strategy.ContainsKey("rollingUpdate"))
                {
                    errors.Invalid("spec.updateStrategy.rollingUpdate", strategy["rollingUpdate"], "only allowed for updateStrategy 'RollingUpdate'");
                }
                break;
            case "RollingUpdate":
                errors.NonNegative("spec.updateStrategy.rollingUpdate.partition", strategy.At("rollingUpdate")?["partition"]);
                break;
            default:
                errors.Invalid("spec.updateStrategy", new JsonObject { ["Type"] = strategy["type"], ["RollingUpdate"] = strategy["rollingUpdate"] ?? JsonNull.Instance },
                    "must be 'RollingUpdate' or 'OnDelete'");
                break;
        }
        foreach (var name in (ReadOnlySpan<string>)["whenDeleted", "whenScaled"])
        {
            var policy = spec.Object("persistentVolumeClaimRetentionPolicy").Text(name);
            if (policy is not ("Retain" or "Delete" or ""))
            {
                errors.NotSupported($"spec.persistentVolumeClaimRetentionPolicy.{name}", policy, "Retain", "Delete");
            }
        }
        errors.NonNegative("spec.replicas", spec["replicas"]);
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        errors.NonNegative("spec.ordinals.start", spec.Object("ordinals")?["start"]);
        if (spec.Text("serviceName") is { Length: > 0 } service)
        {
            errors.Invalid("spec.serviceName", service, Names.DnsSubdomain(service));
        }
        WorkloadRules.SelectorAndTemplate(spec, "statefulset", "StatefulSet", errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
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
