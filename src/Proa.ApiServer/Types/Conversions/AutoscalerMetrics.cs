using Proa.Api.Json;

namespace Proa.ApiServer.Types.Conversions;

/// <summary>
/// Metrics and behaviour of autoscalers between v2 and the forms in which v1's annotations hold them. Pure; members come in the
/// original's order, as the text of an annotation shows it.
/// </summary>
internal static class AutoscalerMetrics
{
    public static JsonObject ToV1(JsonObject metric, bool isStatus)
    {
        var made = new JsonObject { ["type"] = metric.String("type") ?? "" };
        var (value, total) = isStatus ? ("current", "currentValue") : ("target", "targetValue");
        var average = isStatus ? "currentAverageValue" : "targetAverageValue";
        foreach (var kind in (ReadOnlySpan<string>)["object", "pods", "resource", "containerResource", "external"])
        {
            if (metric.Object(kind) is not { } source)
            {
                continue;
            }
            var amount = source.Object(value) ?? [];
            var identifier = source.Object("metric") ?? [];
            var part = new JsonObject();
            switch (kind)
            {
                case "object":
                    part["target"] = Reference(source.Object("describedObject") ?? []);
                    part["metricName"] = identifier.String("name") ?? "";
                    part[total] = amount["value"] ?? "0";
                    Put(part, "selector", identifier["selector"]);
                    Put(part, "averageValue", amount["averageValue"]);
                    break;
                case "pods":
                    part["metricName"] = identifier.String("name") ?? "";
                    part[average] = amount["averageValue"] ?? "0";
                    Put(part, "selector", identifier["selector"]);
                    break;
                case "external":
                    part["metricName"] = identifier.String("name") ?? "";
                    Put(part, "metricSelector", identifier["selector"]);
                    Put(part, total, amount["value"] ?? (isStatus ? new JsonString("0") : null));
                    Put(part, average, amount["averageValue"]);
                    break;
                default:
                    part["name"] = source.String("name") ?? "";
                    Put(part, isStatus ? "currentAverageUtilization" : "targetAverageUtilization", amount["averageUtilization"]);
                    Put(part, average, amount["averageValue"] ?? (isStatus ? new JsonString("0") : null));
                    if (kind == "containerResource")
                    {
                        part["container"] = source.String("container") ?? "";
                    }
                    break;
            }
            made[kind] = part;
        }
        return made;
    }

    public static JsonObject FromV1(JsonObject metric, bool isStatus)
    {
        var made = new JsonObject { ["type"] = metric.String("type") ?? "" };
        foreach (var kind in (ReadOnlySpan<string>)["object", "pods", "resource", "containerResource", "external"])
        {
            if (metric.Object(kind) is { } source)
            {
                made[kind] = isStatus ? Status(kind, source) : Source(kind, source);
            }
        }
        return made;
    }

    /// <summary>As the original's memory holds it: the annotation shows its names.</summary>
    public static JsonObject BehaviorToV1(JsonObject behavior) => new()
    {
        ["ScaleUp"] = Rules(behavior.Object("scaleUp")),
        ["ScaleDown"] = Rules(behavior.Object("scaleDown")),
    };

    public static JsonObject BehaviorFromV1(JsonObject behavior)
    {
        var made = new JsonObject();
        foreach (var (name, value) in behavior)
        {
            if (value is not JsonNull)
            {
                made[Lower(name)] = LowerAll(value);
            }
        }
        return made;
    }

    private static JsonObject Source(string kind, JsonObject source)
    {
        var target = new JsonObject();
        var made = new JsonObject();
        switch (kind)
        {
            case "object":
                made["describedObject"] = Reference(source.Object("target") ?? []);
                made["metric"] = Identifier(source, "selector");
                var byAverage = source["averageValue"] is not null;
                target["type"] = byAverage ? "AverageValue" : "Value";
                Put(target, "value", byAverage && source.String("targetValue") == "0" ? null : source["targetValue"]);
                Put(target, "averageValue", source["averageValue"]);
                break;
            case "pods":
                made["metric"] = Identifier(source, "selector");
                target["type"] = "AverageValue";
                target["averageValue"] = source["targetAverageValue"] ?? "0";
                break;
            case "external":
                made["metric"] = Identifier(source, "metricSelector");
                target["type"] = source["targetValue"] is null ? "AverageValue" : "Value";
                Put(target, "value", source["targetValue"]);
                Put(target, "averageValue", source["targetAverageValue"]);
                break;
            default:
                made["name"] = source.String("name") ?? "";
                Put(made, "container", source["container"]);
                target["type"] = source["targetAverageUtilization"] is null ? "AverageValue" : "Utilization";
                Put(target, "averageUtilization", source["targetAverageUtilization"]);
                Put(target, "averageValue", source["targetAverageValue"]);
                break;
        }
        made["target"] = target;
        return made;
    }

    private static JsonObject Status(string kind, JsonObject source)
    {
        var current = new JsonObject();
        var made = new JsonObject();
        switch (kind)
        {
            case "object":
                made["describedObject"] = Reference(source.Object("target") ?? []);
                made["metric"] = Identifier(source, "selector");
                Put(current, "value", source["currentValue"]);
                Put(current, "averageValue", source["averageValue"]);
                break;
            case "pods":
                made["metric"] = Identifier(source, "selector");
                Put(current, "averageValue", source["currentAverageValue"]);
                break;
            case "external":
                made["metric"] = Identifier(source, "metricSelector");
                Put(current, "value", source["currentValue"]);
                Put(current, "averageValue", source["currentAverageValue"]);
                break;
            default:
                made["name"] = source.String("name") ?? "";
                Put(made, "container", source["container"]);
                Put(current, "averageUtilization", source["currentAverageUtilization"]);
                Put(current, "averageValue", source["currentAverageValue"]);
                break;
        }
        made["current"] = current;
        return made;
    }

    private static JsonObject Identifier(JsonObject source, string selector)
    {
        var made = new JsonObject { ["name"] = source.String("metricName") ?? "" };
        Put(made, "selector", source[selector]);
        return made;
    }

    private static JsonObject Reference(JsonObject source)
    {
        var made = new JsonObject { ["kind"] = source.String("kind") ?? "", ["name"] = source.String("name") ?? "" };
        Put(made, "apiVersion", source["apiVersion"]);
        return made;
    }

    private static JsonValue Rules(JsonObject? rules)
    {
        if (rules is null)
        {
            return JsonNull.Instance;
        }
        return new JsonObject
        {
            ["StabilizationWindowSeconds"] = rules["stabilizationWindowSeconds"] ?? JsonNull.Instance,
            ["SelectPolicy"] = rules["selectPolicy"] ?? JsonNull.Instance,
            ["Policies"] = rules.Array("policies") is { } policies
                ? new JsonArray(policies.OfType<JsonObject>().Select(static policy => (JsonValue)new JsonObject
                {
                    ["Type"] = policy["type"] ?? "",
                    ["Value"] = policy["value"] ?? 0,
                    ["PeriodSeconds"] = policy["periodSeconds"] ?? 0,
                }))
                : JsonNull.Instance,
            ["Tolerance"] = rules["tolerance"] ?? JsonNull.Instance,
        };
    }

    private static JsonValue LowerAll(JsonValue value)
    {
        switch (value)
        {
            case JsonObject o:
                var made = new JsonObject();
                foreach (var (name, member) in o)
                {
                    if (member is not JsonNull)
                    {
                        made[Lower(name)] = LowerAll(member);
                    }
                }
                return made;
            case JsonArray a:
                return new JsonArray(a.Select(LowerAll));
            default:
                return value;
        }
    }

    private static string Lower(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];

    private static void Put(JsonObject obj, string name, JsonValue? value)
    {
        if (value is not (null or JsonNull))
        {
            obj[name] = value.Clone();
        }
    }
}
