using Proa.Api.Json;
using Proa.Api.Kinds.Networking;
using Proa.Api.Kinds.Pods;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Policy;

/// <summary>By what an autoscaler scales, what, and how fast.</summary>
internal static class AutoscalerRules
{
    private static readonly string[] s_types = ["ContainerResource", "External", "Object", "Pods", "Resource"];

    public static void Reference(JsonObject target, string at, bool needsGroup, FieldErrors errors)
    {
        References.Segment(target, "kind", at, errors);
        References.Segment(target, "name", at, errors);
        var version = target.Text("apiVersion");
        if (version.Count(static c => c == '/') > 1)
        {
            errors.Invalid($"{at}.apiVersion", version, $"unexpected GroupVersion string: {version}");
        }
        else if (needsGroup && (!version.Contains('/') || version.StartsWith('/')))
        {
            errors.Invalid($"{at}.apiVersion", version, "apiVersion must specify API group");
        }
    }

    public static void Metrics(JsonObject spec, FieldErrors errors)
    {
        var i = 0;
        var fromOutside = false;
        foreach (var metric in spec.Objects("metrics"))
        {
            Metric(metric, $"spec.metrics[{i++}]", errors);
            fromOutside |= metric.Text("type") is "Object" or "External";
        }
        if (spec.Int("minReplicas") == 0 && !fromOutside)
        {
            errors.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
        }
    }

    public static void Behavior(JsonObject spec, FieldErrors errors)
    {
        foreach (var way in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            if (spec.At("behavior", way) is { } rules)
            {
                Rules(rules, $"spec.behavior.{way}", errors);
            }
        }
    }

    private static void Rules(JsonObject rules, string at, FieldErrors errors)
    {
        if (rules.Int("stabilizationWindowSeconds") is { } window)
        {
            if (window < 0)
            {
                errors.Invalid($"{at}.stabilizationWindowSeconds", window, "must be greater than or equal to zero");
            }
            if (window > 3600)
            {
                errors.Invalid($"{at}.stabilizationWindowSeconds", window, "must be less than or equal to 3600");
            }
        }
        if (rules.String("selectPolicy") is { } select and not ("Disabled" or "Max" or "Min"))
        {
            errors.NotSupported($"{at}.selectPolicy", select, "Disabled", "Max", "Min");
        }
        if (rules.Array("policies") is not { Count: > 0 })
        {
            errors.Required($"{at}.policies", "must specify at least one Policy");
        }
        var i = 0;
        foreach (var policy in rules.Objects("policies"))
        {
            var here = $"{at}.policies[{i++}]";
            if (policy.Text("type") is not ("Percent" or "Pods"))
            {
                errors.NotSupported($"{here}.type", policy.Text("type"), "Percent", "Pods");
            }
            errors.Positive($"{here}.value", policy["value"] ?? 0);
            errors.Positive($"{here}.periodSeconds", policy["periodSeconds"] ?? 0);
            if (policy.Int("periodSeconds") is > 1800 and var period)
            {
                errors.Invalid($"{here}.periodSeconds", period, "must be less than or equal to 1800");
            }
        }
        if (rules["tolerance"] is JsonString text && Quantity.TryParse(text.Value, out var tolerance) && tolerance.Sign < 0)
        {
            errors.Invalid($"{at}.tolerance", text, "must be greater than or equal to 0");
        }
    }

    private static void Metric(JsonObject metric, string at, FieldErrors errors)
    {
        var type = metric.Text("type");
        if (type.Length == 0)
        {
            errors.Required($"{at}.type", "must specify a metric source type");
        }
        if (!s_types.Contains(type))
        {
            errors.NotSupported($"{at}.type", type, s_types);
        }
        var present = new List<string>();
        foreach (var name in (ReadOnlySpan<string>)["object", "external", "pods", "resource", "containerResource"])
        {
            if (metric.Object(name) is { } source)
            {
                present.Add(name);
                if (present.Count == 1)
                {
                    Source(name, source, $"{at}.{name}", errors);
                }
            }
        }
        var expected = type.Length == 0 ? "" : char.ToLowerInvariant(type[0]) + type[1..];
        if (!s_types.Contains(type))
        {
            errors.NotSupported($"{at}.type", type, s_types);
            expected = "";
        }
        else if (!present.Contains(expected))
        {
            errors.Required($"{at}.{expected}", "must populate information for the given metric source");
        }
        if (present.Count != 1)
        {
            foreach (var name in present.Where(name => name != expected))
            {
                errors.Forbidden($"{at}.{name}", "must populate the given metric source only");
            }
        }
    }

    private static void Source(string kind, JsonObject source, string at, FieldErrors errors)
    {
        var target = source.Sub("target");
        var (hasValue, hasAverage, hasShare) = (target.ContainsKey("value"), target.ContainsKey("averageValue"), target.ContainsKey("averageUtilization"));
        switch (kind)
        {
            case "object":
                Reference(source.Sub("describedObject"), $"{at}.describedObject", needsGroup: false, errors);
                Identifier(source, at, errors);
                Target(target, $"{at}.target", errors);
                if (!hasValue && !hasAverage)
                {
                    errors.Required($"{at}.target.averageValue", "must set either a target value or averageValue");
                }
                break;
            case "external":
                Identifier(source, at, errors);
                Target(target, $"{at}.target", errors);
                if (!hasValue && !hasAverage)
                {
                    errors.Required($"{at}.target.averageValue", "must set either a target value for metric or a per-pod target");
                }
                if (hasValue && hasAverage)
                {
                    errors.Forbidden($"{at}.target.value", "may not set both a target value for metric and a per-pod target");
                }
                break;
            case "pods":
                Identifier(source, at, errors);
                Target(target, $"{at}.target", errors);
                if (!hasAverage)
                {
                    errors.Required($"{at}.target.averageValue", "must specify a positive target averageValue");
                }
                break;
            default:
                Resource(kind, source, at, errors);
                Target(target, $"{at}.target", errors);
                if (!hasShare && !hasAverage)
                {
                    errors.Required($"{at}.target.averageUtilization", "must set either a target raw value or a target utilization");
                }
                if (hasShare && hasAverage)
                {
                    errors.Forbidden($"{at}.target.averageValue", "may not set both a target raw value and a target utilization");
                }
                break;
        }
    }

    private static void Resource(string kind, JsonObject source, string at, FieldErrors errors)
    {
        if (source.Text("name") is not { Length: > 0 } name)
        {
            errors.Required($"{at}.name", "must specify a resource name");
        }
        else if (kind == "containerResource")
        {
            ResourceRules.Name(name, $"{at}.name", ofContainers: true, errors);
        }
        if (kind != "containerResource")
        {
            return;
        }
        if (source.Text("container") is { Length: > 0 } container)
        {
            errors.Invalid($"{at}.container", container, Names.DnsLabel(container));
        }
        else
        {
            errors.Required($"{at}.container", "must specify a container");
        }
    }

    private static void Identifier(JsonObject source, string at, FieldErrors errors)
    {
        var metric = source.Sub("metric");
        if (metric.Text("name") is { Length: > 0 } name)
        {
            errors.Invalid($"{at}.metric.name", name, Names.PathSegment(name));
        }
        else
        {
            errors.Required($"{at}.metric.name", "must specify a metric name");
        }
    }

    private static void Target(JsonObject target, string at, FieldErrors errors)
    {
        var type = target.Text("type");
        if (type.Length == 0)
        {
            errors.Required($"{at}.type", "must specify a metric target type");
        }
        if (type is not ("Utilization" or "Value" or "AverageValue"))
        {
            errors.Invalid($"{at}.type", type, "must be either Utilization, Value, or AverageValue");
        }
        foreach (var name in (ReadOnlySpan<string>)["value", "averageValue"])
        {
            if (target[name] is JsonString text && Quantity.TryParse(text.Value, out var amount) && amount.Sign <= 0)
            {
                errors.Invalid($"{at}.{name}", text, "must be positive");
            }
        }
        if (target.Int("averageUtilization") is < 1)
        {
            errors.Invalid($"{at}.averageUtilization", target["averageUtilization"], "must be greater than 0");
        }
    }
}
