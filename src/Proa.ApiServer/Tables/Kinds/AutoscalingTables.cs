using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Horizontal pod autoscalers (both versions) and pod disruption budgets.</summary>
internal static class AutoscalingTables
{
    public static readonly KindTable HorizontalPodAutoscalers = new(
        [
            TableColumn.ObjectName, new("Reference"), new("Targets"), new("MinPods"), new("MaxPods"), new("Replicas"), TableColumn.Age,
        ],
        row =>
        [
            row.Name,
            $"{row.Text("spec", "scaleTargetRef", "kind")}/{row.Text("spec", "scaleTargetRef", "name")}",
            Targets(row),
            row.Text("spec", "minReplicas") ?? RowSource.Unset,
            row.Int("spec", "maxReplicas"),
            row.Int("status", "currentReplicas"),
            row.Age,
        ]);

    public static readonly KindTable PodDisruptionBudgets = new(
        [TableColumn.ObjectName, new("Min Available"), new("Max Unavailable"), TableColumn.Number("Allowed Disruptions"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.Text("spec", "minAvailable") ?? "N/A",
            row.Text("spec", "maxUnavailable") ?? "N/A",
            row.Int("status", "disruptionsAllowed"),
            row.Age,
        ]);

    private static string Targets(RowSource row)
    {
        // The older version knows one metric.
        if (row.Text("spec", "targetCPUUtilizationPercentage") is { } cpu)
        {
            var now = row.Text("status", "currentCPUUtilizationPercentage") is { } percent ? percent + "%" : RowSource.Unknown;
            return $"cpu: {now}/{cpu}%";
        }
        var metrics = row.List("spec", "metrics");
        var current = row.List("status", "currentMetrics");
        if (metrics.Count == 0)
        {
            return RowSource.None;
        }
        var texts = metrics.Select((metric, i) => Target(metric, i < current.Count ? current[i] : null)).ToList();
        return texts.Count > 2 ? $"{string.Join(", ", texts.Take(2))} + {texts.Count - 2} more..." : string.Join(", ", texts);
    }

    private static string Target(JsonObject metric, JsonObject? status)
    {
        var member = metric.String("type") switch
        {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            "Pods" => "pods",
            "Object" => "object",
            "External" => "external",
            _ => "",
        };
        if (metric.Object(member) is not { } source)
        {
            return "<unknown type>";
        }
        var target = source.Object("target") ?? [];
        var now = status?.Object(member)?.Object("current");
        var name = member.EndsWith("esource", StringComparison.Ordinal) ? source.String("name") + ": " : "";
        if (target["averageValue"] is { } average)
        {
            var suffix = member is "object" or "external" ? " (avg)" : "";
            return $"{name}{Text(now?["averageValue"])}/{Text(average)}{suffix}";
        }
        if (name.Length == 0)
        {
            return $"{Text(now?["value"])}/{Text(target["value"])}";
        }
        var used = now?.Int("averageUtilization") is { } percent ? $"{percent}%" : RowSource.Unknown;
        return $"{name}{used}/{(target.Int("averageUtilization") is { } wanted ? $"{wanted}%" : "<auto>")}";
    }

    private static string Text(JsonValue? quantity) => quantity switch
    {
        JsonString text => text.Value,
        JsonNumber number => number.Text,
        _ => RowSource.Unknown,
    };
}
