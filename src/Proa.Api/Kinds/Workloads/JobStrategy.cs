using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class JobStrategy() : KindStrategy(new("batch", "v1", "Job"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private const string ControllerUid = "batch.kubernetes.io/controller-uid";
    private const string JobName = "batch.kubernetes.io/job-name";

    public override IReadOnlyList<string> SelectableFields { get; } = ["status.successful"];

    public override string FieldValue(JsonObject obj, string field) =>
        field == "status.successful" ? (obj.Object("status")?.Int("succeeded") ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture) : base.FieldValue(obj, field);

    protected override void DropGated(JsonObject obj, JsonObject? old) =>
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        Defaults(spec);
        var metadata = obj.EnsureObject("metadata");
        if ((metadata.Object("labels")?.Count ?? 0) == 0 && spec.Object("template")?.At("metadata", "labels") is { Count: > 0 } labels)
        {
            // The very same labels, not a copy: what the template's gain when they are generated, the job's own gain too.
            metadata["labels"] = labels;
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

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        if (old is null && Pods.PodWarnings.OfName(obj, TemplateWarnings.PodNames) is { } name)
        {
            warnings.Add(name);
        }
        if (TemplateWarnings.IsNewOrChanged(obj, old))
        {
            JobRules.Warn(obj.Sub("spec"), "spec", warnings);
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        if (spec.Bool("manualSelector") != true && spec.Object("selector") is { } selector)
        {
            Generated(obj, spec, selector, errors);
        }
        JobRules.Check(spec, "spec", errors);
        Selector(spec, errors);
        if (spec.Text("completionMode") == "Indexed" && spec.Int("completions") is > 0 and var completions)
        {
            var hostname = $"{obj.Sub("metadata").Text("name")}-{completions - 1}";
            if (Meta.Names.DnsLabel(hostname).Length > 0)
            {
                errors.Invalid("metadata.name", obj.Sub("metadata").Text("name"), $"will not able to create pod with invalid DNS label: {hostname}");
            }
        }
    }

    /// <summary>The labels that tell a job's pods apart must be those that were generated.</summary>
    private static void Generated(JsonObject obj, JsonObject spec, JsonObject selector, FieldErrors errors)
    {
        var (uid, name) = (obj.Sub("metadata").Text("uid"), obj.Sub("metadata").Text("name"));
        var expected = new JsonObject { ["controller-uid"] = uid, ["job-name"] = name, [ControllerUid] = uid, [JobName] = name };
        var labels = spec.Sub("template", "metadata", "labels");
        foreach (var (key, value) in expected)
        {
            var wanted = ((JsonString)value).Value;
            if (labels.String(key) is not { } actual)
            {
                errors.Required($"spec.template.metadata.labels[{key}]", $"must be '{wanted}'");
            }
            else if (actual != wanted)
            {
                errors.Invalid($"spec.template.metadata.labels[{key}]", labels.ByKey(), $"must be '{wanted}'");
            }
        }
        var unsound = new FieldErrors();
        LabelSelectorRules.Check(selector, "spec.selector", unsound);
        if (unsound.Count == 0 && !LabelSelectorRules.Matches(selector, expected))
        {
            errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), "`selector` not auto-generated");
        }
    }

    private static void Selector(JsonObject spec, FieldErrors errors)
    {
        var selector = spec.Object("selector");
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        var before = errors.Count;
        LabelSelectorRules.Check(selector, "spec.selector", errors);
        if (errors.Count == before && (selector is null || !LabelSelectorRules.Matches(selector, spec.At("template", "metadata", "labels"))))
        {
            errors.Invalid("spec.template.metadata.labels", WorkloadRules.LabelsOf(spec), "`selector` does not match template `labels`");
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => JobStatusRules.Check(obj, old, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        // The original checks the job and then its change, which begins with the spec again.
        Check(obj, errors);
        var spec = obj.EnsureObject("spec");
        var before = old.Object("spec") ?? new JsonObject();
        JobRules.Check(spec, "spec", errors);
        Selector(spec, errors);
        Completions(spec, before, errors);
        WorkloadRules.SameSelector(spec, before, errors);
        Template(spec, before, old, errors);
        errors.Immutable("spec.completionMode", spec["completionMode"], before["completionMode"]);
        Immutable("podFailurePolicy", "PodFailurePolicy", spec, before, errors);
        errors.Immutable("spec.backoffLimitPerIndex", spec["backoffLimitPerIndex"], before["backoffLimitPerIndex"]);
        errors.Immutable("spec.managedBy", spec["managedBy"], before["managedBy"]);
        Immutable("successPolicy", "SuccessPolicy", spec, before, errors);
    }

    private static void Immutable(string name, string type, JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (!FieldErrors.Same(spec[name], before[name]))
        {
            errors.Invalid($"spec.{name}", spec.Object(name) is { } value ? InternalForms.Of(type, value) : JsonNull.Instance, "field is immutable");
        }
    }

    private static void Completions(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (spec.Text("completionMode") != "Indexed")
        {
            errors.Immutable("spec.completions", spec["completions"], before["completions"]);
        }
        else if (spec.Int("completions") is { } completions && completions != before.Int("completions") && completions != spec.Int("parallelism"))
        {
            errors.Invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism");
        }
    }

    /// <summary>A job that is suspended and has no pods may still be told where its pods may run, and how much they get.</summary>
    private static void Template(JsonObject spec, JsonObject before, JsonObject old, FieldErrors errors)
    {
        var (now, then) = (spec.Sub("template"), before.Sub("template").CloneObject());
        var suspended = before.Bool("suspend") == true;
        var status = old.Sub("status");
        var still = suspended && (status.Int("active") ?? 0) == 0 && (!status.ContainsKey("startTime")
            || status.Objects("conditions").Any(static one => one.Text("type") == "Suspended" && one.Text("status") == "True"));
        if (!still)
        {
            if (!now.DeepEquals(then))
            {
                errors.Invalid("spec.template", InternalForms.Of("PodTemplateSpec", now), "field is immutable");
            }
            return;
        }
        var pod = then.EnsureObject("spec");
        foreach (var name in (ReadOnlySpan<string>)["nodeSelector", "tolerations", "schedulingGates"])
        {
            Take(pod, now.Sub("spec"), name);
        }
        Take(pod.EnsureObject("affinity"), now.Sub("spec", "affinity"), "nodeAffinity");
        if (pod.Object("affinity") is { Count: 0 } && now.Sub("spec").Object("affinity") is null)
        {
            pod.Remove("affinity");
        }
        Resources(now, pod);
        if (!FieldErrors.Same(now["spec"], pod))
        {
            errors.Invalid("spec.template.spec", InternalForms.Of("PodSpec", now.Sub("spec")), "field is immutable");
        }
    }

    private static void Take(JsonObject to, JsonObject from, string name)
    {
        if (from[name] is { } value)
        {
            to[name] = value.Clone();
        }
        else
        {
            to.Remove(name);
        }
    }

    private static void Resources(JsonObject now, JsonObject pod)
    {
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if ((now.Sub("spec").Array(list)?.Count ?? 0) != (pod.Array(list)?.Count ?? 0))
            {
                continue;
            }
            foreach (var (container, old) in now.Sub("spec").Objects(list).Zip(pod.Objects(list)))
            {
                if (container.Text("name") == old.Text("name"))
                {
                    Take(old, container, "resources");
                }
            }
        }
    }

    internal static void Defaults(JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }
        spec.DefaultUnset("parallelism", 1);
        spec.DefaultUnset("backoffLimit", spec.ContainsKey("backoffLimitPerIndex") ? int.MaxValue : 6);
        spec.DefaultUnset("completionMode", "NonIndexed");
        spec.DefaultUnset("suspend", false);
        spec.DefaultUnset("manualSelector", false);
        spec.DefaultUnset("podReplacementPolicy", spec.ContainsKey("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        foreach (var rule in spec.Object("podFailurePolicy")?.Objects("rules") ?? [])
        {
            foreach (var pattern in rule.Objects("onPodConditions"))
            {
                pattern.Default("status", "True");
            }
        }
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
    }
}
