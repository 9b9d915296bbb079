using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class JobStrategy() : KindStrategy(new("batch", "v1", "Job"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private const string ControllerUid = "batch.kubernetes.io/controller-uid";
    private const string JobName = "batch.kubernetes.io/job-name";

    public override IReadOnlyList<string> SelectableFields { get; } = ["status.successful"];

    public override string FieldValue(JsonObject obj, string field) =>
        field == "status.successful" ? (obj.Object("status")?.Int("succeeded") ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture) : base.FieldValue(obj, field);

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        Defaults(spec);
        var metadata = obj.EnsureObject("metadata");
        if ((metadata.Object("labels")?.Count ?? 0) == 0 && spec.Object("template")?.At("metadata", "labels") is { Count: > 0 } labels)
        {
            metadata["labels"] = labels.Clone();
        }
    }

    /// <summary>The uid must be set: the job's selector and its pods' labels hold it.</summary>
    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        var spec = obj.EnsureObject("spec");
        if (spec.Bool("manualSelector") == true)
        {
            return;
        }
        var metadata = obj.EnsureObject("metadata");
        var uid = metadata.Text("uid");
        var name = metadata.Text("name");
        var labels = spec.EnsureObject("template").EnsureObject("metadata").EnsureObject("labels");
        labels.DefaultUnset("controller-uid", uid);
        labels.DefaultUnset("job-name", name);
        labels.DefaultUnset(ControllerUid, uid);
        labels.DefaultUnset(JobName, name);
        var wanted = spec.EnsureObject("selector").EnsureObject("matchLabels");
        wanted.DefaultUnset(ControllerUid, uid);
        if ((metadata.Object("labels")?.Count ?? 0) == 0)
        {
            metadata["labels"] = labels.Clone();
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        CheckSpec(spec, "spec", errors);
        var selector = spec.Object("selector");
        if (spec.Bool("manualSelector") != true)
        {
            var uid = obj.Object("metadata").Text("uid");
            var generated = selector?.Object("matchLabels") is { Count: 1 } labels && labels.String(ControllerUid) == uid && (selector.Array("matchExpressions")?.Count ?? 0) == 0;
            if (!generated)
            {
                errors.Invalid("spec.selector", selector, "`selector` not auto-generated");
            }
        }
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else if (!LabelSelectorRules.Matches(selector, spec.At("template", "metadata", "labels")))
        {
            errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels").ByKey(), "`selector` does not match template `labels`");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var before = old.Object("spec") ?? new JsonObject();
        CheckSpec(spec, "spec", errors);
        if (spec.Text("completionMode") != "Indexed")
        {
            errors.Immutable("spec.completions", spec["completions"], before["completions"]);
        }
        errors.Immutable("spec.selector", spec["selector"], before["selector"]);
        // A job that has not started may still be told where its pods may run.
        var suspended = before.Bool("suspend") == true && old.Object("status")?.ContainsKey("startTime") != true;
        if (!suspended)
        {
            errors.Immutable("spec.template", spec["template"], before["template"]);
        }
        errors.Immutable("spec.completionMode", spec["completionMode"], before["completionMode"]);
        errors.Immutable("spec.podFailurePolicy", spec["podFailurePolicy"], before["podFailurePolicy"]);
        errors.Immutable("spec.backoffLimitPerIndex", spec["backoffLimitPerIndex"], before["backoffLimitPerIndex"]);
        errors.Immutable("spec.managedBy", spec["managedBy"], before["managedBy"]);
        errors.Immutable("spec.successPolicy", spec["successPolicy"], before["successPolicy"]);
    }

    internal static void Defaults(JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }
        spec.DefaultUnset("parallelism", 1);
        spec.DefaultUnset("backoffLimit", spec.ContainsKey("backoffLimitPerIndex") ? int.MaxValue : 6);
        spec.Default("completionMode", "NonIndexed");
        spec.DefaultUnset("suspend", false);
        spec.DefaultUnset("manualSelector", false);
        spec.Default("podReplacementPolicy", spec.ContainsKey("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        foreach (var rule in spec.Object("podFailurePolicy")?.Objects("rules") ?? [])
        {
            foreach (var pattern in rule.Objects("onPodConditions"))
            {
                pattern.Default("status", "True");
            }
        }
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
    }

    internal static void CheckSpec(JsonObject spec, string path, FieldErrors errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"])
        {
            errors.NonNegative($"{path}.{name}", spec[name]);
        }
        if (spec.Text("completionMode") is { Length: > 0 } mode)
        {
            if (mode is not ("NonIndexed" or "Indexed"))
            {
                errors.NotSupported($"{path}.completionMode", mode, "Indexed", "NonIndexed");
            }
            else if (mode == "Indexed" && !spec.ContainsKey("completions"))
            {
                errors.Required($"{path}.completions", $"when completion mode is {mode}");
            }
        }
        PodSpecRules.CheckTemplate(spec.Object("template"), $"{path}.template", errors);
        var restart = spec.At("template", "spec").Text("restartPolicy");
        if (restart is "" or "Always")
        {
            errors.Required($"{path}.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
        }
        else if (restart is not ("OnFailure" or "Never"))
        {
            errors.NotSupported($"{path}.template.spec.restartPolicy", restart, "OnFailure", "Never");
        }
        else if (spec.ContainsKey("podFailurePolicy") && restart != "Never")
        {
            errors.Invalid($"{path}.template.spec.restartPolicy", restart, "only \"Never\" is supported when podFailurePolicy is specified");
        }
    }
}
