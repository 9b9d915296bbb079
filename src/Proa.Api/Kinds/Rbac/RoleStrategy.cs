using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Rbac;

/// <summary>Role and ClusterRole.</summary>
internal sealed class RoleStrategy(string kind, bool namespaced)
    : KindStrategy(new("rbac.authorization.k8s.io", "v1", kind), new(namespaced, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    protected override string[] NameForm(string name) => Names.PathSegment(name);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var i = 0;
        foreach (var rule in obj.Objects("rules"))
        {
            Rule(rule, $"rules[{i++}]", errors);
        }
        if (obj.Object("aggregationRule") is { } aggregation && aggregation.Array("clusterRoleSelectors") is not { Count: > 0 })
        {
            errors.Required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil");
        }
        i = 0;
        foreach (var selector in obj.Object("aggregationRule")?.Objects("clusterRoleSelectors") ?? [])
        {
            var at = $"aggregationRule.clusterRoleSelectors[{i++}]";
            var before = errors.Count;
            LabelSelectorRules.Check(selector, at, errors);
            if (errors.Count > before)
            {
                // The original prints what it could not make of the selector: nothing.
                errors.Invalid(at, JsonNull.Instance, "invalid label selector.");
            }
        }
    }

    private void Rule(JsonObject rule, string at, FieldErrors errors)
    {
        if (Empty(rule, "verbs"))
        {
            errors.Required($"{at}.verbs", "verbs must contain at least one value");
        }
        if (!Empty(rule, "nonResourceURLs"))
        {
            if (namespaced)
            {
                errors.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
            }
            if (!Empty(rule, "apiGroups") || !Empty(rule, "resources") || !Empty(rule, "resourceNames"))
            {
                errors.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
            }
            return;
        }
        if (Empty(rule, "apiGroups"))
        {
            errors.Required($"{at}.apiGroups", "resource rules must supply at least one api group");
        }
        if (Empty(rule, "resources"))
        {
            errors.Required($"{at}.resources", "resource rules must supply at least one resource");
        }
    }

    private static bool Empty(JsonObject rule, string name) => rule.Array(name) is not { Count: > 0 };
}
