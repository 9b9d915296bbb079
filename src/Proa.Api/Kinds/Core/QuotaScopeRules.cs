using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Core;

/// <summary>Which objects a quota counts: only pods can be told apart.</summary>
internal static class QuotaScopeRules
{
    private static readonly string[] s_scopes =
        ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass"];

    private static readonly (string, string)[] s_contrary = [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")];

    public static void Check(JsonObject spec, FieldErrors errors)
    {
        var scopes = (spec.Array("scopes") ?? []).Select(static scope => (scope as JsonString)?.Value ?? "").ToList();
        foreach (var scope in scopes)
        {
            if (!s_scopes.Contains(scope))
            {
                errors.Invalid("spec.scopes", spec["scopes"], "unsupported scope");
            }
            Fits(spec, scope, "spec.scopes", () => spec["scopes"]!, errors);
        }
        Contrary(spec, scopes, "spec.scopes", errors);
        if (spec.Object("scopeSelector") is { } selector)
        {
            Selector(spec, selector, errors);
        }
    }

    private static void Selector(JsonObject spec, JsonObject selector, FieldErrors errors)
    {
        const string At = "spec.scopeSelector.matchExpressions";
        var scopes = new List<string>();
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            var (scope, op) = (expression.Text("scopeName"), expression.Text("operator"));
            if (!s_scopes.Contains(scope))
            {
                errors.Invalid($"{At}.scopeName", scope, "unsupported scope");
            }
            Fits(spec, scope, At, () => Shown(selector), errors);
            if (op != "Exists" && (scope is "BestEffort" or "NotBestEffort" or "Terminating" or "NotTerminating" or "CrossNamespacePodAffinity"))
            {
                errors.Invalid($"{At}.operator", op, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
                    + "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
            }
            var values = expression.Array("values")?.Count ?? 0;
            switch (op)
            {
                case "In" or "NotIn":
                    if (values == 0)
                    {
                        errors.Required($"{At}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
                    }
                    break;
                case "Exists" or "DoesNotExist":
                    if (values > 0)
                    {
                        errors.Invalid($"{At}.values", expression["values"], "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
                    }
                    break;
                default:
                    errors.Invalid($"{At}.operator", op, "not a valid selector operator");
                    break;
            }
            scopes.Add(scope);
        }
        Contrary(spec, scopes, At, errors);
    }

    private static void Fits(JsonObject spec, string scope, string at, Func<JsonValue> shown, FieldErrors errors)
    {
        foreach (var name in spec.Sub("hard").Keys)
        {
            if (ResourceNames.IsOfQuotas(name) && !Counts(scope, name))
            {
                errors.Invalid(at, shown(), "unsupported scope applied to resource");
            }
        }
    }

    private static bool Counts(string scope, string resource) => scope switch
    {
        "Terminating" or "NotTerminating" or "NotBestEffort" or "PriorityClass" or "CrossNamespacePodAffinity" => IsOfPods(resource),
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => resource is "persistentvolumeclaims" or "requests.storage",
        _ => true,
    };

    private static bool IsOfPods(string resource) => resource is "cpu" or "memory" or "ephemeral-storage" or "pods" or "requests.cpu" or "requests.memory"
        or "requests.ephemeral-storage" or "limits.cpu" or "limits.memory" or "limits.ephemeral-storage" || ResourceNames.IsHugePages(resource);

    private static void Contrary(JsonObject spec, List<string> scopes, string at, FieldErrors errors)
    {
        foreach (var (one, other) in s_contrary)
        {
            if (scopes.Contains(one) && scopes.Contains(other))
            {
                errors.Invalid(at, spec["scopes"], "conflicting scopes");
            }
        }
    }

    private static JsonObject Shown(JsonObject selector) => new()
    {
        ["MatchExpressions"] = new JsonArray(selector.Objects("matchExpressions").Select(static expression => (JsonValue)new JsonObject
        {
            ["ScopeName"] = expression.Text("scopeName"),
            ["Operator"] = expression.Text("operator"),
            ["Values"] = expression["values"] ?? JsonNull.Instance,
        })),
    };
}
