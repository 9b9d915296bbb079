using Proa.Api.Cel.Checking;
using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Policy;

/// <summary>Checks what webhooks, policies and bindings have in common: rules, selectors, conditions, parameters.</summary>
internal static class MatchRules
{
    private const int MaxConditions = 64;

    /// <summary>A policy's <c>matchConstraints</c> or a binding's <c>matchResources</c>.</summary>
    public static void Resources(JsonObject match, string path, FieldErrors errors)
    {
        errors.OneOfSet(path + ".matchPolicy", match.String("matchPolicy"), "Equivalent", "Exact");
        LabelSelectorRules.Check(match.Object("namespaceSelector"), path + ".namespaceSelector", errors);
        LabelSelectorRules.Check(match.Object("objectSelector"), path + ".objectSelector", errors);
        foreach (var list in (ReadOnlySpan<string>)["resourceRules", "excludeResourceRules"])
        {
            var i = 0;
            foreach (var rule in match.Objects(list))
            {
                NamedRule(rule, $"{path}.{list}[{i++}]", errors);
            }
        }
    }

    public static void Rule(JsonObject rule, string path, FieldErrors errors)
    {
        var operations = Texts(rule, "operations");
        if (operations.Count == 0)
        {
            errors.Required(path + ".operations");
        }
        Alone(rule, "operations", operations, "other operations", path, errors);
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is not ("*" or "CONNECT" or "CREATE" or "DELETE" or "UPDATE"))
            {
                errors.NotSupported($"{path}.operations[{i}]", operations[i], "*", "CONNECT", "CREATE", "DELETE", "UPDATE");
            }
        }
        var groups = Texts(rule, "apiGroups");
        if (groups.Count == 0)
        {
            errors.Required(path + ".apiGroups");
        }
        Alone(rule, "apiGroups", groups, "other API groups", path, errors);
        var versions = Texts(rule, "apiVersions");
        if (versions.Count == 0)
        {
            errors.Required(path + ".apiVersions");
        }
        Alone(rule, "apiVersions", versions, "other API versions", path, errors);
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Length == 0)
            {
                errors.Required($"{path}.apiVersions[{i}]");
            }
        }
        Plurals(rule, path + ".resources", errors);
        if (rule.String("scope") is { } scope and not ("*" or "Cluster" or "Namespaced"))
        {
            errors.NotSupported(path + ".scope", scope, "*", "Cluster", "Namespaced");
        }
    }

    /// <param name="parameters">True where conditions may name <c>params</c>.</param>
    public static void Conditions(JsonArray? conditions, bool parameters, string path, FieldErrors errors)
    {
        if (conditions is null)
        {
            return;
        }
        if (conditions.Count > MaxConditions)
        {
            errors.Add(FieldError.TooMany(path, conditions.Count, MaxConditions));
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < conditions.Count; i++)
        {
            var condition = conditions[i] as JsonObject ?? [];
            var at = $"{path}[{i}]";
            var expression = (condition.String("expression") ?? "").Trim();
            if (expression.Length == 0)
            {
                errors.Required(at + ".expression");
            }
            else
            {
                Expression(expression, expression, AdmissionTypes.Environment(authorizer: true, parameters), at + ".expression", errors, CelType.Bool);
            }
            var name = condition.String("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required(at + ".name");
                continue;
            }
            errors.Invalid(at + ".name", name, Names.QualifiedName(name));
            if (!names.Add(name))
            {
                errors.Duplicate(at + ".name", name);
            }
        }
    }

    /// <param name="shown">The expression as errors show it.</param>
    public static void Expression(string text, string shown, CelEnvironment environment, string path, FieldErrors errors, params ReadOnlySpan<CelType> results)
    {
        PolicyPrograms.Compile(text, environment, results, out var error);
        if (error is not null)
        {
            errors.Invalid(path, shown, error);
        }
    }

    public static void ParameterKind(JsonObject kind, string path, FieldErrors errors)
    {
        var apiVersion = kind.String("apiVersion") ?? "";
        if (apiVersion.Length == 0)
        {
            errors.Required(path + ".apiVersion");
        }
        else if (apiVersion.Count(static c => c == '/') > 1)
        {
            errors.Invalid(path + ".apiVersion", apiVersion, $"unexpected GroupVersion string: {apiVersion}");
        }
        else
        {
            var slash = apiVersion.IndexOf('/');
            var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
            if (group.Length > 0)
            {
                Joined(path + ".apiVersion", group, "", Names.DnsSubdomain(group), errors);
            }
            if (version.Length == 0)
            {
                errors.Invalid(path + ".apiVersion", apiVersion, "version must be specified");
            }
            else
            {
                Joined(path + ".apiVersion", version, "", Names.Dns1035Label(version), errors);
            }
        }
        var name = kind.String("kind") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path + ".kind");
        }
        else
        {
            Joined(path + ".kind", name, "may have mixed case, but should otherwise match: ", Names.Dns1035Label(name.ToLowerInvariant()), errors);
        }
    }

    public static void ParameterReference(JsonObject reference, string path, FieldErrors errors)
    {
        var name = reference.String("name") ?? "";
        var selector = reference.Object("selector");
        if (name.Length > 0)
        {
            errors.Invalid(path + ".name", name, Names.PathSegment(name));
            if (selector is not null)
            {
                errors.Forbidden(path + ".name", "name and selector are mutually exclusive");
            }
        }
        if (selector is not null)
        {
            LabelSelectorRules.Check(selector, path + ".selector", errors);
            if (name.Length > 0)
            {
                errors.Forbidden(path + ".selector", "name and selector are mutually exclusive");
            }
        }
        if (name.Length == 0 && selector is null)
        {
            errors.Required(path, "one of name or selector must be specified");
        }
        errors.OneOf(path + ".parameterNotFoundAction", reference.String("parameterNotFoundAction"), "Deny", "Allow");
    }

    public static List<string> Texts(JsonObject obj, string field) => [.. (obj.Array(field) ?? []).OfType<JsonString>().Select(static item => item.Value)];

    private static void NamedRule(JsonObject rule, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var names = Texts(rule, "resourceNames");
        for (var i = 0; i < names.Count; i++)
        {
            errors.Invalid($"{path}.resourceNames[{i}]", names[i], Names.PathSegment(names[i]));
            if (!seen.Add(names[i]))
            {
                errors.Duplicate($"{path}.resourceNames[{i}]", names[i]);
            }
        }
        Rule(rule, path, errors);
    }

    private static void Alone(JsonObject rule, string field, List<string> values, string others, string path, FieldErrors errors)
    {
        if (values.Count > 1 && values.Contains("*"))
        {
            errors.Invalid($"{path}.{field}", rule[field], $"if '*' is present, must not specify {others}");
        }
    }

    private static void Plurals(JsonObject rule, string path, FieldErrors errors)
    {
        var resources = Texts(rule, "resources");
        if (resources.Count == 0)
        {
            errors.Required(path);
        }
        var wholes = new HashSet<string>(StringComparer.Ordinal);
        var parts = new HashSet<string>(StringComparer.Ordinal);
        var plain = false;
        for (var i = 0; i < resources.Count; i++)
        {
            var resource = resources[i];
            if (resource.Length == 0)
            {
                errors.Required($"{path}[{i}]");
                continue;
            }
            var slash = resource.IndexOf('/');
            if (slash < 0)
            {
                plain = resource != "*";
                continue;
            }
            var (whole, part) = (resource[..slash], resource[(slash + 1)..]);
            if (wholes.Contains(whole))
            {
                errors.Invalid($"{path}[{i}]", resource, $"if '{whole}/*' is present, must not specify {resource}");
            }
            if (parts.Contains(part))
            {
                errors.Invalid($"{path}[{i}]", resource, $"if '*/{part}' is present, must not specify {resource}");
            }
            if (part == "*")
            {
                wholes.Add(whole);
            }
            if (whole == "*")
            {
                parts.Add(part);
            }
        }
        if (resources.Count > 1 && resources.Contains("*/*"))
        {
            errors.Invalid(path, rule["resources"], "if '*/*' is present, must not specify other resources");
        }
        if (plain && resources.Contains("*"))
        {
            errors.Invalid(path, rule["resources"], "if '*' is present, must not specify other resources without subresources");
        }
    }

    private static void Joined(string path, string value, string prefix, string[] problems, FieldErrors errors)
    {
        if (problems.Length > 0)
        {
            errors.Invalid(path, value, prefix + string.Join(',', problems));
        }
    }
}
