using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

/// <summary>What Deployments, ReplicaSets, StatefulSets and DaemonSets have in common.</summary>
internal static class WorkloadRules
{
    /// <summary>The selector, and the template that it must match.</summary>
    /// <param name="kind">As messages name it: <c>deployment</c>.</param>
    /// <param name="kindTitle">As messages name it: <c>ReplicaSet</c>.</param>
    /// <param name="unsound">What is said of a selector that cannot select; the template is not looked at then.</param>
    public static void SelectorAndTemplate(JsonObject spec, string kind, string kindTitle, string unsound, FieldErrors errors)
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
            if (errors.Count > before)
            {
                errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), unsound);
                return;
            }
            if (LabelSelectorRules.IsEmpty(selector))
            {
                errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), $"empty selector is invalid for {kind}");
            }
        }
        Template(spec, selector, kindTitle, errors);
    }

    public static void Template(JsonObject spec, JsonObject? selector, string kindTitle, FieldErrors errors)
    {
        var template = spec.Object("template");
        if (template is null)
        {
            errors.Required("spec.template");
            return;
        }
        var labels = template.At("metadata", "labels");
        if (selector is null || (!LabelSelectorRules.IsEmpty(selector) && !LabelSelectorRules.Matches(selector, labels)))
        {
            errors.Invalid("spec.template.metadata.labels", WorkloadRules.LabelsOf(spec), "`selector` does not match template `labels`");
        }
        PodSpecRules.CheckTemplate(template, "spec.template", errors);
        Lasting(template, kindTitle, errors);
    }

    /// <summary>The labels of the template as messages print them.</summary>
    public static JsonValue? LabelsOf(JsonObject spec) => spec.At("template", "metadata")?.Given("labels") is JsonObject labels ? labels.ByKey() : null;

    public static void SameSelector(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (!FieldErrors.Same(spec["selector"], before["selector"]))
        {
            errors.Invalid("spec.selector", LabelSelectorRules.Shown(spec.Object("selector")), "field is immutable");
        }
    }

    /// <summary>Pods that go on for good.</summary>
    public static void Lasting(JsonObject template, string kindTitle, FieldErrors errors)
    {
        var restart = template.Object("spec").Text("restartPolicy");
        if (restart is not ("Always" or ""))
        {
            errors.NotSupported("spec.template.spec.restartPolicy", restart, "Always");
        }
        if (template.Object("spec")?.ContainsKey("activeDeadlineSeconds") == true)
        {
            errors.Forbidden("spec.template.spec.activeDeadlineSeconds", $"activeDeadlineSeconds in {kindTitle} is not Supported");
        }
    }

    /// <summary>A count, or a percentage that is written as one.</summary>
    public static bool IntOrPercent(JsonValue? value, string field, FieldErrors errors)
    {
        switch (value)
        {
            case JsonString text:
                if (text.Value.Length < 2 || text.Value[^1] != '%' || text.Value.AsSpan(0, text.Value.Length - 1).ContainsAnyExceptInRange('0', '9'))
                {
                    errors.Invalid(field, text, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
                    return false;
                }
                return true;
            case JsonNumber:
                errors.NonNegative(field, value);
                return true;
            default:
                return value is null;
        }
    }

    public static void NotMoreThanAll(JsonValue? value, string field, FieldErrors errors)
    {
        if (value is JsonString text && text.Value.EndsWith('%') && int.TryParse(text.Value.AsSpan(0, text.Value.Length - 1), out var percent) && percent > 100)
        {
            errors.Invalid(field, value, "must not be greater than 100%");
        }
    }

    /// <summary>0 or 0%, or no number at all.</summary>
    public static bool IsZero(JsonValue? value) => value switch
    {
        JsonNumber n => n.TryGetInt64(out var number) && number == 0,
        JsonString { Value: [.. var digits, '%'] } => digits.AsSpan().ContainsAnyExceptInRange('0', '9') || !digits.AsSpan().ContainsAnyExcept('0'),
        JsonString s => !int.TryParse(s.Value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var count) || count == 0,
        _ => true,
    };

    /// <summary>How a message shows what says how to roll out.</summary>
    public static JsonObject RolloutForm(JsonObject strategy) => new()
    {
        ["Type"] = strategy.Text("type"),
        ["RollingUpdate"] = strategy.Object("rollingUpdate") is { } rolling
            ? new JsonObject { ["MaxUnavailable"] = rolling["maxUnavailable"] ?? 0, ["MaxSurge"] = rolling["maxSurge"] ?? 0 }
            : JsonNull.Instance,
    };

    public static bool AnnotationsChanged(JsonObject obj, JsonObject old) =>
        !(obj.At("metadata", "annotations") ?? new JsonObject()).DeepEquals(old.At("metadata", "annotations") ?? new JsonObject());
}
