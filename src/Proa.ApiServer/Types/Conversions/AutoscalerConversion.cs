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

    private const string CurrentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics";

    private static readonly string[] s_all = [Metrics, Behavior, Conditions, CurrentMetrics];

    public JsonObject ToStored(JsonObject obj)
    {
        obj["apiVersion"] = "autoscaling/v2";
        var annotations = Metadata.Of(obj).Object("annotations");
        var spec = obj.EnsureObject("spec");
        var metrics = new JsonArray();
        foreach (var metric in (Read(annotations, Metrics) as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            metrics.Add(AutoscalerMetrics.FromV1(metric, isStatus: false));
        }
        if (spec["targetCPUUtilizationPercentage"] is JsonNumber percentage)
        {
            metrics.Add(Cpu(percentage, target: true));
        }
        spec.Remove("targetCPUUtilizationPercentage");
        // v1 never said it, but without metrics it meant 80% of the requested CPU.
        spec["metrics"] = metrics.Count > 0 ? metrics : new JsonArray([Cpu(new JsonNumber(80), target: true)]);
        if (Read(annotations, Behavior) is JsonObject { Count: > 0 } behavior)
        {
            spec["behavior"] = AutoscalerMetrics.BehaviorFromV1(behavior);
        }
        Status(obj.EnsureObject("status"), annotations);
        DropAnnotations(obj);
        return obj;
    }

    private static void Status(JsonObject status, JsonObject? annotations)
    {
        if (status["currentCPUUtilizationPercentage"] is JsonNumber current)
        {
            status["currentMetrics"] = new JsonArray([Cpu(current, target: false)]);
        }
        status.Remove("currentCPUUtilizationPercentage");
        if (Read(annotations, CurrentMetrics) is JsonArray metrics)
        {
            status["currentMetrics"] = new JsonArray(metrics.OfType<JsonObject>().Select(static metric => (JsonValue)AutoscalerMetrics.FromV1(metric, isStatus: true)));
        }
        if (Read(annotations, Conditions) is JsonArray conditions)
        {
            status["conditions"] = conditions;
        }
    }

    public JsonObject FromStored(JsonObject obj)
    {
        obj["apiVersion"] = "autoscaling/v1";
        DropAnnotations(obj);
        var spec = obj.EnsureObject("spec");
        var others = new JsonArray();
        foreach (var item in spec.Array("metrics") ?? [])
        {
            if (item is JsonObject metric && CpuOf(metric, "target") is { } percentage)
            {
                if (!spec.ContainsKey("targetCPUUtilizationPercentage"))
                {
                    spec["targetCPUUtilizationPercentage"] = percentage;
                }
            }
            else
            {
                others.Add(AutoscalerMetrics.ToV1((JsonObject)item, isStatus: false));
            }
        }
        spec.Remove("metrics");
        var status = obj.EnsureObject("status");
        var current = new JsonArray();
        foreach (var metric in status.Array("currentMetrics")?.OfType<JsonObject>() ?? [])
        {
            current.Add(AutoscalerMetrics.ToV1(metric, isStatus: true));
            if (CpuOf(metric, "current") is { } percentage)
            {
                status["currentCPUUtilizationPercentage"] = percentage;
            }
        }
        PutAnnotation(obj, Metrics, others.Count > 0 ? others : null);
        PutAnnotation(obj, CurrentMetrics, current.Count > 0 ? current : null);
        PutAnnotation(obj, Behavior, spec.Object("behavior") is { } behavior ? AutoscalerMetrics.BehaviorToV1(behavior) : null);
        PutAnnotation(obj, Conditions, status.Array("conditions") is { Count: > 0 } conditions ? conditions : null);
        spec.Remove("behavior");
        status.Remove("currentMetrics");
        status.Remove("conditions");
        status["currentReplicas"] ??= 0;
        status["desiredReplicas"] ??= 0;
        return obj;
    }

    private static JsonObject Cpu(JsonNumber percentage, bool target)
    {
        var value = new JsonObject { ["averageUtilization"] = percentage };
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

    /// <summary>Those that this conversion makes are no one else's.</summary>
    private static void DropAnnotations(JsonObject obj)
    {
        var annotations = Metadata.Of(obj).Object("annotations");
        foreach (var name in s_all)
        {
            annotations?.Remove(name);
        }
        if (annotations is { Count: 0 })
        {
            Metadata.Of(obj).Remove("annotations");
        }
    }

    private static JsonValue? Read(JsonObject? annotations, string name)
    {
        if (annotations?.String(name) is not { } text)
        {
            return null;
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
