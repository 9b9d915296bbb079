using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Flow;

/// <summary>Which requests a flow schema takes: whose, and for what.</summary>
internal static class FlowRuleRules
{
    private static readonly string[] s_verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

    public static void Check(JsonObject rule, string at, FieldErrors errors)
    {
        if (rule.Array("subjects") is not { Count: > 0 })
        {
            errors.Required($"{at}.subjects", "subjects must contain at least one value");
        }
        var i = 0;
        foreach (var subject in rule.Objects("subjects"))
        {
            Subject(subject, $"{at}.subjects[{i++}]", errors);
        }
        if (rule.Array("resourceRules") is not { Count: > 0 } && rule.Array("nonResourceRules") is not { Count: > 0 })
        {
            errors.Required(at, "at least one of resourceRules and nonResourceRules has to be non-empty");
        }
        i = 0;
        foreach (var resource in rule.Objects("resourceRules"))
        {
            Resource(resource, $"{at}.resourceRules[{i++}]", errors);
        }
        i = 0;
        foreach (var other in rule.Objects("nonResourceRules"))
        {
            var here = $"{at}.nonResourceRules[{i++}]";
            Verbs(other, here, errors);
            Strings(other, "nonResourceURLs", $"{here}.nonResourceURLs", "nonResourceURLs must contain at least one value", "non-resource URLs", errors);
            Paths(other, $"{here}.nonResourceURLs", errors);
        }
    }

    public static void Conditions(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var condition in obj.Sub("status").Objects("conditions"))
        {
            var at = $"status.conditions[{i++}].type";
            var type = condition.Text("type");
            if (!seen.Add(type))
            {
                errors.Duplicate(at, type);
            }
            if (type.Length == 0)
            {
                errors.Required(at);
            }
        }
    }

    private static void Subject(JsonObject subject, string at, FieldErrors errors)
    {
        var kind = subject.Text("kind");
        var member = kind switch { "ServiceAccount" => "serviceAccount", "User" => "user", "Group" => "group", _ => "" };
        if (member.Length == 0)
        {
            errors.NotSupported($"{at}.kind", kind, "Group", "ServiceAccount", "User");
            return;
        }
        if (subject.Object(member) is not { } who)
        {
            errors.Required($"{at}.{member}", $"{member} is required when subject kind is '{kind}'");
        }
        else
        {
            Who(who, member, $"{at}.{member}", errors);
        }
        foreach (var (other, otherKind) in (ReadOnlySpan<(string, string)>)[("serviceAccount", "ServiceAccount"), ("user", "User"), ("group", "Group")])
        {
            if (other != member && subject.ContainsKey(other))
            {
                errors.Forbidden($"{at}.{other}", $"{other} is forbidden when subject kind is not '{otherKind}'");
            }
        }
    }

    private static void Who(JsonObject who, string member, string at, FieldErrors errors)
    {
        var name = who.Text("name");
        if (name.Length == 0)
        {
            errors.Required($"{at}.name");
        }
        else if (member == "serviceAccount" && name != "*")
        {
            errors.Invalid($"{at}.name", name, Names.DnsSubdomain(name));
        }
        if (member != "serviceAccount")
        {
            return;
        }
        if (who.Text("namespace") is { Length: > 0 } ns)
        {
            errors.Invalid($"{at}.namespace", ns, Names.DnsLabel(ns));
        }
        else
        {
            errors.Required($"{at}.namespace", "must specify namespace for service account");
        }
    }

    private static void Resource(JsonObject rule, string at, FieldErrors errors)
    {
        Verbs(rule, at, errors);
        Strings(rule, "apiGroups", $"{at}.apiGroups", "resource rules must supply at least one api group", "api groups", errors);
        Strings(rule, "resources", $"{at}.resources", "resource rules must supply at least one resource", "resources", errors);
        var field = $"{at}.namespaces";
        var namespaces = List(rule, "namespaces");
        if (namespaces.Count == 0 && rule.Bool("clusterScope") != true)
        {
            errors.Required(field, "resource rules that are not cluster scoped must supply at least one namespace");
        }
        else if (namespaces.Contains("*"))
        {
            if (namespaces.Count > 1)
            {
                errors.Invalid(field, rule["namespaces"], "if '*' is present, must not specify other namespaces");
            }
        }
        else
        {
            for (var i = 0; i < namespaces.Count; i++)
            {
                foreach (var wrong in Names.DnsLabel(namespaces[i]))
                {
                    errors.Invalid($"{field}[{i}]", namespaces[i], "each member of this list must be '*' or a DNS-1123 label; " + wrong);
                }
            }
        }
    }

    private static void Verbs(JsonObject rule, string at, FieldErrors errors)
    {
        Strings(rule, "verbs", $"{at}.verbs", "verbs must contain at least one value", "verbs", errors);
        var verbs = List(rule, "verbs");
        if (verbs.Count > 0 && !verbs.Contains("*") && verbs.Exists(static verb => !s_verbs.Contains(verb)))
        {
            errors.NotSupported($"{at}.verbs", rule["verbs"], s_verbs);
        }
    }

    private static void Strings(JsonObject rule, string name, string field, string missing, string others, FieldErrors errors)
    {
        var list = List(rule, name);
        if (list.Count == 0)
        {
            errors.Required(field, missing);
        }
        else if (list.Count > 1 && list.Contains("*"))
        {
            errors.Invalid(field, rule[name], $"if '*' is present, must not specify other {others}");
        }
    }

    private static void Paths(JsonObject rule, string field, FieldErrors errors)
    {
        var paths = List(rule, "nonResourceURLs");
        if (paths.Contains("*"))
        {
            return;
        }
        for (var i = 0; i < paths.Count; i++)
        {
            var path = paths[i];
            var problem = path.Length == 0 ? "must not be empty"
                : path == "/" ? null
                : path[0] != '/' ? "must start with slash"
                : path.Contains(' ') ? "must not contain white-space"
                : path.Contains("//", StringComparison.Ordinal) ? "must not contain double slash"
                : path.Contains('*') && (path.Count(static c => c == '*') > 1 || !path.EndsWith("/*", StringComparison.Ordinal)) ? "wildcard can only do suffix matching"
                : null;
            if (problem is not null)
            {
                errors.Invalid($"{field}[{i}]", path, problem);
            }
        }
    }

    private static List<string> List(JsonObject rule, string name) => [.. (rule.Array(name) ?? []).Select(static item => (item as JsonString)?.Value ?? "")];
}
