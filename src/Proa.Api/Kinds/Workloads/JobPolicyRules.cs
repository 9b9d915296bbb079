using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

/// <summary>When a job counts as failed or done before all of its pods are.</summary>
internal static class JobPolicyRules
{
    public static void Failure(JsonObject spec, string at, FieldErrors errors)
    {
        if (spec.Object("podFailurePolicy") is not { } policy)
        {
            return;
        }
        var rules = policy.Objects("rules").ToList();
        if (rules.Count > 20)
        {
            errors.Add(FieldError.TooMany($"{at}.rules", rules.Count, 20));
        }
        var template = spec.Sub("template", "spec");
        var names = new HashSet<string>(template.Objects("containers").Concat(template.Objects("initContainers")).Select(static c => c.Text("name")), StringComparer.Ordinal);
        for (var i = 0; i < rules.Count; i++)
        {
            Rule(spec, rules[i], $"{at}.rules[{i}]", names, errors);
        }
    }

    public static void Success(JsonObject spec, string at, FieldErrors errors)
    {
        if (spec.Object("successPolicy") is not { } policy)
        {
            return;
        }
        if (spec.Text("completionMode") != "Indexed")
        {
            var shown = new JsonArray(policy.Objects("rules").Select(static rule => (JsonValue)new JsonObject
            {
                ["SucceededIndexes"] = rule["succeededIndexes"] ?? JsonNull.Instance,
                ["SucceededCount"] = rule["succeededCount"] ?? JsonNull.Instance,
            }));
            errors.Invalid(at, new JsonObject { ["Rules"] = policy.IsGiven("rules") ? shown : JsonNull.Instance }, "requires indexed completion mode");
            return;
        }
        var rules = policy.Objects("rules").ToList();
        if (rules.Count == 0)
        {
            errors.Required($"{at}.rules", "at least one rules must be specified when the successPolicy is specified");
        }
        if (rules.Count > 20)
        {
            errors.Add(FieldError.TooMany($"{at}.rules", rules.Count, 20));
        }
        var completions = spec.Int("completions") ?? 0;
        for (var i = 0; i < rules.Count; i++)
        {
            var here = $"{at}.rules[{i}]";
            var (count, indexes) = (rules[i].Int("succeededCount"), rules[i].String("succeededIndexes"));
            if (count is null && indexes is null)
            {
                errors.Required(here, "at least one of succeededCount or succeededIndexes must be specified");
            }
            var total = 0L;
            if (indexes is not null)
            {
                if (indexes.Length > 64 * 1024)
                {
                    errors.Add(FieldError.TooLong($"{here}.succeededIndexes", 64 * 1024));
                }
                total = JobIndexes.Count(indexes, completions, out var wrong);
                if (wrong is not null)
                {
                    errors.Invalid($"{here}.succeededIndexes", indexes, $"error parsing succeededIndexes: {wrong}");
                }
            }
            errors.NonNegative($"{here}.succeededCount", rules[i]["succeededCount"]);
            if (count > completions)
            {
                errors.Invalid($"{here}.succeededCount", count, $"must be less than or equal to {completions} (the number of specified completions)");
            }
            if (indexes is not null && count > total)
            {
                errors.Invalid($"{here}.succeededCount", count, $"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
            }
        }
    }

    private static void Rule(JsonObject spec, JsonObject rule, string at, HashSet<string> names, FieldErrors errors)
    {
        switch (rule.Text("action"))
        {
            case "":
                errors.Required($"{at}.action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
                break;
            case "FailIndex":
                if (!spec.ContainsKey("backoffLimitPerIndex"))
                {
                    errors.Invalid($"{at}.action", "FailIndex", "requires the backoffLimitPerIndex to be set");
                }
                break;
            case "Count" or "FailJob" or "Ignore":
                break;
            case var action:
                errors.NotSupported($"{at}.action", action, "Count", "FailIndex", "FailJob", "Ignore");
                break;
        }
        var codes = rule.Object("onExitCodes");
        var conditions = rule.Objects("onPodConditions").ToList();
        if (codes is not null)
        {
            ExitCodes(codes, $"{at}.onExitCodes", names, errors);
        }
        if (conditions.Count > 20)
        {
            errors.Add(FieldError.TooMany($"{at}.onPodConditions", conditions.Count, 20));
        }
        for (var i = 0; i < conditions.Count; i++)
        {
            Condition(conditions[i], $"{at}.onPodConditions[{i}]", errors);
        }
        if (codes is not null && conditions.Count > 0)
        {
            errors.Add(FieldError.InvalidUnnamed(at, "specifying both OnExitCodes and OnPodConditions is not supported"));
        }
        if (codes is null && conditions.Count == 0)
        {
            errors.Add(FieldError.InvalidUnnamed(at, "specifying one of OnExitCodes and OnPodConditions is required"));
        }
    }

    private static void Condition(JsonObject condition, string at, FieldErrors errors)
    {
        errors.Invalid($"{at}.type", condition.Text("type"), Names.QualifiedName(condition.Text("type")));
        switch (condition.Text("status"))
        {
            case "":
                errors.Required($"{at}.status", "valid values: [\"False\" \"True\" \"Unknown\"]");
                break;
            case "False" or "True" or "Unknown":
                break;
            case var status:
                errors.NotSupported($"{at}.status", status, "False", "True", "Unknown");
                break;
        }
    }

    private static void ExitCodes(JsonObject codes, string at, HashSet<string> names, FieldErrors errors)
    {
        var op = codes.Text("operator");
        if (op.Length == 0)
        {
            errors.Required($"{at}.operator", "valid values: [\"In\" \"NotIn\"]");
        }
        else if (op is not ("In" or "NotIn"))
        {
            errors.NotSupported($"{at}.operator", op, "In", "NotIn");
        }
        if (codes.String("containerName") is { } name && !names.Contains(name))
        {
            errors.Invalid($"{at}.containerName", name, "must be one of the container or initContainer names in the pod template");
        }
        var values = codes.Array("values") ?? [];
        if (values.Count == 0)
        {
            errors.Invalid($"{at}.values", codes.Given("values") ?? JsonNull.Instance, "at least one value is required");
        }
        else if (values.Count > 255)
        {
            errors.Add(FieldError.TooMany($"{at}.values", values.Count, 255));
        }
        var seen = new HashSet<long>();
        long last = long.MinValue;
        var ordered = true;
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i] is JsonNumber number && number.TryGetInt64(out var code) ? code : 0;
            if (op == "In" && value == 0)
            {
                errors.Invalid($"{at}.values[{i}]", value, "must not be 0 for the In operator");
            }
            if (!seen.Add(value))
            {
                errors.Duplicate($"{at}.values[{i}]", value);
            }
            ordered &= value >= last;
            last = value;
        }
        if (!ordered)
        {
            errors.Invalid($"{at}.values", values, "must be ordered");
        }
    }
}
