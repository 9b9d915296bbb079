using Proa.Api.Cel.Checking;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.Api.Meta;
using Proa.Api.Schema.Expressions;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>
/// Checks a validating policy's expressions against the types that its rules name: what does not fit is a warning in the
/// policy's status, and changes nothing of how it is run. Pure.
/// </summary>
internal static class PolicyTypeCheck
{
    private const int MaxTypes = 10;
    private const string CompilationFailed = "compilation failed: ";

    public static JsonArray Warnings(JsonObject policy, TypeCatalog types)
    {
        var spec = policy.Object("spec") ?? [];
        var parameters = Parameters(spec, types);
        var checks = new List<(GroupVersionKind Kind, CelEnvironment Environment)>();
        foreach (var type in Types(spec, types))
        {
            checks.Add((type.Type.Info.Gvk, Environment(spec, type, parameters)));
        }
        var warnings = new JsonArray();
        var i = 0;
        foreach (var validation in (spec.Array("validations") ?? []).OfType<JsonObject>())
        {
            foreach (var field in (ReadOnlySpan<string>)["expression", "messageExpression"])
            {
                if (validation.String(field) is { Length: > 0 } expression && Check(expression, checks) is { Length: > 0 } warning)
                {
                    warnings.Add(new JsonObject { ["fieldRef"] = $"spec.validations[{i}].{field}", ["warning"] = warning });
                }
            }
            i++;
        }
        return warnings;
    }

    private static string Check(string expression, List<(GroupVersionKind Kind, CelEnvironment Environment)> checks)
    {
        var messages = new List<string>();
        foreach (var (kind, environment) in checks)
        {
            PolicyPrograms.Compile(expression, environment, [], out var error);
            if (error is not null)
            {
                messages.Add($"{kind.Group}/{kind.Version}, Kind={kind.Kind}: {Bare(error)}\n");
            }
        }
        return string.Join('\n', messages);
    }

    private static string Bare(string error) => error.StartsWith(CompilationFailed, StringComparison.Ordinal) ? error[CompilationFailed.Length..] : error;

    private static CelEnvironment Environment(JsonObject spec, TypeRules rules, CelType? parameters)
    {
        var type = DeclaredType.Of(rules.Schema.Root, isRoot: true, rules.Type.Kind)?.Type ?? CelType.Dyn;
        var environment = AdmissionTypes.Environment(authorizer: true, parameters is not null).With("object", type).With("oldObject", type);
        if (parameters is not null)
        {
            environment = environment.With("params", parameters);
        }
        var variables = new FixedFields(new(StringComparer.Ordinal));
        environment = environment.With("variables", CelType.StructOf("kubernetes.variables", variables));
        foreach (var variable in (spec.Array("variables") ?? []).OfType<JsonObject>())
        {
            var program = PolicyPrograms.Compile(variable.String("expression") ?? "", environment, [], out _);
            variables.Add(variable.String("name") ?? "", program?.ResultType ?? CelType.Dyn);
        }
        return environment;
    }

    private static CelType? Parameters(JsonObject spec, TypeCatalog types)
    {
        if (spec.Object("paramKind") is not { } kind)
        {
            return null;
        }
        foreach (var type in types.All)
        {
            if (type.Kind == kind.String("kind") && type.Info.ApiVersion == kind.String("apiVersion") && types.FindRules(type.Group, type.Version, type.Plural) is { } rules)
            {
                return DeclaredType.Of(rules.Schema.Root, isRoot: true, type.Kind)?.Type ?? CelType.Dyn;
            }
        }
        return CelType.Dyn;
    }

    /// <summary>Rules with wildcards are passed over; of the rest the first types, in order.</summary>
    private static IEnumerable<TypeRules> Types(JsonObject spec, TypeCatalog types)
    {
        var found = new Dictionary<GroupVersionKind, TypeRules>();
        foreach (var rule in (spec.Object("matchConstraints")?.Array("resourceRules") ?? []).OfType<JsonObject>())
        {
            var (groups, versions) = (Texts(rule, "apiGroups"), Texts(rule, "apiVersions"));
            if (groups.Contains("*") || versions.Contains("*"))
            {
                continue;
            }
            foreach (var group in groups)
            {
                foreach (var version in versions)
                {
                    foreach (var resource in Texts(rule, "resources"))
                    {
                        if (found.Count < MaxTypes && types.FindRules(group, version, resource) is { } rules)
                        {
                            found[rules.Type.Info.Gvk] = rules;
                        }
                    }
                }
            }
        }
        return found.OrderBy(static f => f.Key.Group, StringComparer.Ordinal).ThenBy(static f => f.Key.Version, StringComparer.Ordinal)
            .ThenBy(static f => f.Key.Kind, StringComparer.Ordinal).Select(static f => f.Value);
    }

    private static string[] Texts(JsonObject rule, string field) =>
        [.. (rule.Array(field) ?? []).OfType<JsonString>().Select(static item => item.Value).Order(StringComparer.Ordinal)];
}
