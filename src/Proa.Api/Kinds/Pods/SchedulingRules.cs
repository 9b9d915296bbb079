using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Gates and tolerations.</summary>
internal static class SchedulingRules
{
    public static void ReadinessGates(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var gate in spec.Objects("readinessGates"))
        {
            errors.Invalid($"{path}.readinessGates[{i++}].conditionType", gate.Text("conditionType"), Names.QualifiedName(gate.Text("conditionType")));
        }
    }

    public static void SchedulingGates(JsonObject spec, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var gate in spec.Objects("schedulingGates"))
        {
            var name = gate.Text("name");
            errors.Invalid($"{path}.schedulingGates[{i}]", name, Names.QualifiedName(name));
            if (!seen.Add(name))
            {
                errors.Duplicate($"{path}.schedulingGates[{i}]", name);
            }
            i++;
        }
    }

    public static void Tolerations(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var toleration in spec.Objects("tolerations"))
        {
            var at = $"{path}.tolerations[{i++}]";
            var key = toleration.Text("key");
            if (key.Length > 0)
            {
                errors.Invalid($"{at}.key", key, Names.QualifiedName(key));
            }
            var op = toleration.Text("operator");
            if (key.Length == 0 && op != "Exists")
            {
                errors.Invalid($"{at}.operator", op, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }
            if (toleration.ContainsKey("tolerationSeconds") && toleration.Text("effect") != "NoExecute")
            {
                errors.Invalid($"{at}.effect", toleration.Text("effect"), "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
            Operator(toleration.Text("value"), op, at, errors);
            if (toleration.Text("effect") is { Length: > 0 } effect)
            {
                errors.OneOf($"{at}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            }
        }
    }

    private static void Operator(string value, string op, string at, FieldErrors errors)
    {
        switch (op)
        {
            case "" or "Equal":
                if (Names.LabelValue(value) is { Length: > 0 } wrong)
                {
                    errors.Invalid($"{at}.operator", value, string.Join(";", wrong));
                }
                break;
            case "Exists":
                if (value.Length > 0)
                {
                    errors.Invalid($"{at}.operator", value, "value must be empty when `operator` is 'Exists'");
                }
                break;
            case "Lt" or "Gt":
                errors.NotSupported($"{at}.operator", op, "Equal", "Exists", "Lt", "Gt");
                break;
            default:
                errors.NotSupported($"{at}.operator", op, "Equal", "Exists");
                break;
        }
    }
}
