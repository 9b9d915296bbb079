using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Types.Conversions;

/// <summary>
/// Between <c>autoscaling/v1</c>, which knows only a CPU percentage, and v2, which is stored. What v1 cannot say travels in an
/// annotation of its own, so that reading and writing back through v1 loses nothing.
/// </summary>
internal sealed class AutoscalerConversion : IVersionConversion
{
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";

    public JsonObject ToStored(JsonObject obj)
    {
        obj["apiVersion"] = "autoscaling/v2";
        var spec = obj.EnsureObject("spec");
        var metrics = new JsonArray();
        if (spec.Int("targetCPUUtilizationPercentage") is { } percentage)
        {
            metrics.Add(Cpu("averageUtilization", percentage, target: true));
        }
        spec.Remove("targetCPUUtilizationPercentage");
        foreach (var metric in TakeAnnotation(obj, Metrics) as JsonArray ?? [])
        {
            metrics.Add(metric);
        }
        if (metrics.Count > 0)
        {
            spec["metrics"] = metrics;
        }
        if (TakeAnnotation(obj, Behavior) is JsonObject behavior)
        {
            spec["behavior"] = behavior;
        }
        var status = obj.EnsureObject("status");
        if (status.Int("currentCPUUtilizationPercentage") is { } current)
        {
            status["currentMetrics"] = new JsonArray([Cpu("averageUtilization", current, target: false)]);
        }
        status.Remove("currentCPUUtilizationPercentage");
        if (TakeAnnotation(obj, Conditions) is JsonArray conditions)
        {
            status["conditions"] = conditions;
        }
        return obj;
    }

    public JsonObject FromStored(JsonObject obj)
    {
        obj["apiVersion"] = "autoscaling/v1";
        var spec = obj.EnsureObject("spec");
        var others = new JsonArray();
        foreach (var item in spec.Array("metrics") ?? [])
        {
            if (item is JsonObject metric && !spec.ContainsKey("targetCPUUtilizationPercentage") && CpuOf(metric, "target") is { } percentage)
            {
                spec["targetCPUUtilizationPercentage"] = percentage;
            }
            else
            {
                others.Add(item);
            }
        }
        spec.Remove("metrics");
        PutAnnotation(obj, Metrics, others.Count > 0 ? others : null);
        PutAnnotation(obj, Behavior, spec["behavior"]);
        spec.Remove("behavior");
        var status = obj.EnsureObject("status");
        foreach (var item in status.Array("currentMetrics") ?? [])
        {
            if (item is JsonObject metric && CpuOf(metric, "current") is { } current)
            {
                status["currentCPUUtilizationPercentage"] = current;
            }
        }
        status.Remove("currentMetrics");
        PutAnnotation(obj, Conditions, status.Array("conditions") is { Count: > 0 } conditions ? conditions : null);
        status.Remove("conditions");
        return obj;
    }

    private static JsonObject Cpu(string field, long percentage, bool target)
    {
        var value = new JsonObject { [field] = percentage };
        if (target)
        {
            value["type"] = "Utilization";
        }
        return new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject { ["name"] = "cpu", [target ? "target" : "current"] = value },
        };
    }

    private static JsonValue? CpuOf(JsonObject metric, string member)
    {
        var resource = metric.Object("resource");
        return metric.String("type") == "Resource" && resource?.String("name") == "cpu" ? resource.Object(member)?["averageUtilization"] : null;
    }

    private static void PutAnnotation(JsonObject obj, string name, JsonValue? value)
    {
        if (value is not null)
        {
            Metadata.Of(obj).EnsureObject("annotations")[name] = value.ToString();
        }
    }

    private static JsonValue? TakeAnnotation(JsonObject obj, string name)
    {
        var annotations = Metadata.Of(obj).Object("annotations");
        if (annotations?.String(name) is not { } text)
        {
            return null;
        }
        annotations.Remove(name);
        if (annotations.Count == 0)
        {
            Metadata.Of(obj).Remove("annotations");
        }
        try
        {
            return JsonTree.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
