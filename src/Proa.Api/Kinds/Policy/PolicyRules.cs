using System.Text.RegularExpressions;
using Proa.Api.Cel.Checking;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema.Expressions;

namespace Proa.Api.Kinds.Policy;

/// <summary>Checks validating and mutating policies and their bindings, expressions included.</summary>
internal static class PolicyRules
{
    private const int MaxAnnotations = 20;
    private const int MaxValueExpression = 5 * 1024;

    /// <param name="old">Conditions that did not change are not compiled again.</param>
    public static void Check(JsonObject policy, JsonObject? old, bool mutating, FieldErrors errors)
    {
        var spec = policy.Object("spec") ?? [];
        errors.OneOfSet("spec.failurePolicy", spec.String("failurePolicy"), "Fail", "Ignore");
        if (spec.Object("paramKind") is { } kind)
        {
            MatchRules.ParameterKind(kind, "spec.paramKind", errors);
        }
        var parameters = spec.Object("paramKind") is not null;
        Constraints(spec, mutating, errors);
        if (!FieldErrors.Same(spec["matchConditions"], old?.Object("spec")?["matchConditions"]) || !FieldErrors.Same(spec["paramKind"], old?.Object("spec")?["paramKind"]))
        {
            MatchRules.Conditions(spec.Array("matchConditions"), parameters, "spec.matchConditions", errors);
        }
        var types = Variables(spec, parameters, mutating, errors);
        if (mutating)
        {
            Mutations(spec, Environment(types, authorizer: true, parameters).WithStructs(PatchTypes.Find), errors);
            errors.OneOf("spec.reinvocationPolicy", spec.String("reinvocationPolicy"), "IfNeeded", "Never");
        }
        else
        {
            Validations(policy, spec, types, parameters, errors);
        }
    }

    public static void CheckBinding(JsonObject binding, bool mutating, FieldErrors errors)
    {
        var spec = binding.Object("spec") ?? [];
        if (spec.String("policyName") is { Length: > 0 } name)
        {
            errors.Invalid("spec.policyName", name, Names.DnsSubdomain(name));
        }
        else
        {
            errors.Required("spec.policyName");
        }
        if (spec.Object("paramRef") is { } reference)
        {
            MatchRules.ParameterReference(reference, "spec.paramRef", errors);
        }
        if (spec.Object("matchResources") is { } match)
        {
            MatchRules.Resources(match, "spec.matchResources", errors);
        }
        if (mutating)
        {
            Operations(spec.Object("matchResources"), "spec.matchResources", errors);
        }
        else
        {
            Actions(spec, errors);
        }
    }

    private static void Constraints(JsonObject spec, bool mutating, FieldErrors errors)
    {
        if (spec.Object("matchConstraints") is not { } match)
        {
            errors.Required("spec.matchConstraints");
            return;
        }
        MatchRules.Resources(match, "spec.matchConstraints", errors);
        if (match.Array("resourceRules") is not { Count: > 0 })
        {
            errors.Required("spec.matchConstraints.resourceRules");
        }
        if (mutating)
        {
            Operations(match, "spec.matchConstraints", errors);
        }
    }

    /// <summary>What is deleted cannot be changed.</summary>
    private static void Operations(JsonObject? match, string path, FieldErrors errors)
    {
        foreach (var rule in match?.Objects("resourceRules") ?? [])
        {
            foreach (var operation in MatchRules.Texts(rule, "operations"))
            {
                if (operation is not ("*" or "CONNECT" or "CREATE" or "UPDATE"))
                {
                    errors.NotSupported($"{path}.resourceRules.operations", operation, "*", "CONNECT", "CREATE", "UPDATE");
                }
            }
        }
    }

    /// <returns>The types of the variables; null: the policy has none, and expressions cannot name them.</returns>
    private static FixedFields? Variables(JsonObject spec, bool parameters, bool mutating, FieldErrors errors)
    {
        if (!mutating && spec.Array("variables") is not { Count: > 0 })
        {
            return null;
        }
        var types = new FixedFields(new(StringComparer.Ordinal));
        var environment = Environment(types, authorizer: true, parameters);
        var i = 0;
        foreach (var variable in spec.Objects("variables"))
        {
            var path = $"spec.variables[{i++}]";
            var name = variable.String("name") ?? "";
            if (name.Trim().Length == 0)
            {
                errors.Required(path + ".name", "name is not specified");
            }
            else if (!Regex.IsMatch(name, "^[_a-zA-Z][_a-zA-Z0-9]*$", RegexOptions.NonBacktracking) || FieldNames.Escape(name) == $"__{name}__")
            {
                errors.Invalid(path + ".name", name, "must be a valid CEL identifier");
            }
            var expression = variable.String("expression") ?? "";
            if (expression.Trim().Length == 0)
            {
                errors.Required(path + ".expression", "expression is not specified");
                continue;
            }
            var program = PolicyPrograms.Compile(expression, environment, [], out var error);
            if (error is not null)
            {
                errors.Invalid(path + ".expression", expression, error);
            }
            types.Add(name, program?.ResultType ?? CelType.Dyn);
        }
        return types;
    }

    private static void Validations(JsonObject policy, JsonObject spec, FixedFields? types, bool parameters, FieldErrors errors)
    {
        var annotations = spec.Array("auditAnnotations") ?? [];
        if (spec.Array("validations") is not { Count: > 0 } && annotations.Count == 0)
        {
            const string None = "validations or auditAnnotations must contain at least one item";
            errors.Required("spec.validations", None);
            errors.Required("spec.auditAnnotations", None);
            return;
        }
        var rules = Environment(types, authorizer: true, parameters);
        var messages = Environment(types, authorizer: false, parameters);
        var i = 0;
        foreach (var validation in spec.Objects("validations"))
        {
            Validation(validation, rules, messages, $"spec.validations[{i++}]", errors);
        }
        if (annotations.Count > MaxAnnotations)
        {
            errors.Invalid("spec.auditAnnotations", annotations, $"must not have more than {MaxAnnotations} auditAnnotations");
        }
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (i = 0; i < annotations.Count; i++)
        {
            var annotation = annotations[i] as JsonObject ?? [];
            Annotation(policy, annotation, rules, $"spec.auditAnnotations[{i}]", errors);
            if (!keys.Add(annotation.String("key") ?? ""))
            {
                errors.Duplicate($"spec.auditAnnotations[{i}].key", annotation.String("key") ?? "");
            }
        }
    }

    private static void Validation(JsonObject validation, CelEnvironment rules, CelEnvironment messages, string path, FieldErrors errors)
    {
        var expression = validation.String("expression") ?? "";
        if (expression.Trim().Length == 0)
        {
            errors.Required(path + ".expression", "expression is not specified");
        }
        else
        {
            MatchRules.Expression(expression, expression, rules, path + ".expression", errors, CelType.Bool);
        }
        if (validation.String("messageExpression") is { Length: > 0 } message)
        {
            if (message.Trim().Length == 0)
            {
                errors.Invalid(path + ".messageExpression", message, "must be non-empty if specified");
            }
            else
            {
                MatchRules.Expression(message, message, messages, path + ".messageExpression", errors, CelType.String);
            }
        }
        var text = validation.String("message") ?? "";
        if (text.Length > 0 && text.Trim().Length == 0)
        {
            errors.Invalid(path + ".message", text, "must be non-empty if specified");
        }
        else if (text.Trim().AsSpan().IndexOfAny('\n', '\r') >= 0)
        {
            errors.Invalid(path + ".message", text, "must not contain line breaks");
        }
        if (validation.String("reason") is { } reason and not ("Forbidden" or "Invalid" or "RequestEntityTooLarge"))
        {
            errors.NotSupported(path + ".reason", reason, "Forbidden", "Invalid", "RequestEntityTooLarge");
        }
    }

    private static void Annotation(JsonObject policy, JsonObject annotation, CelEnvironment environment, string path, FieldErrors errors)
    {
        var key = annotation.String("key") ?? "";
        var name = policy.Object("metadata")?.String("name") ?? "";
        if (name.Length > 0)
        {
            errors.Invalid(path + ".key", $"{name}/{key}", Names.QualifiedName($"{name}/{key}"));
        }
        else
        {
            errors.Invalid(path + ".key", key, "requires metadata.name be non-empty");
        }
        var expression = annotation.String("valueExpression") ?? "";
        var trimmed = expression.Trim();
        if (trimmed.Length == 0)
        {
            errors.Required(path + ".valueExpression", "valueExpression is not specified");
        }
        else if (trimmed.Length > MaxValueExpression)
        {
            errors.Required(path + ".valueExpression", $"must not exceed {MaxValueExpression} bytes in length");
        }
        else
        {
            MatchRules.Expression(trimmed, expression, environment, path + ".valueExpression", errors, CelType.String, CelType.Null);
        }
    }

    private static void Mutations(JsonObject spec, CelEnvironment environment, FieldErrors errors)
    {
        if (spec.Array("mutations") is not { Count: > 0 })
        {
            errors.Required("spec.mutations", "mutations must contain at least one item");
            return;
        }
        var i = 0;
        foreach (var mutation in spec.Objects("mutations"))
        {
            var path = $"spec.mutations[{i++}]";
            switch (mutation.String("patchType") ?? "")
            {
                case "":
                    errors.Required(path + ".patchType");
                    break;
                case "JSONPatch":
                    Mutation(mutation, "jsonPatch", "applyConfiguration", "JSONPatch", CelType.ListOf(PatchTypes.Operation), environment, path, errors);
                    break;
                case "ApplyConfiguration":
                    Mutation(mutation, "applyConfiguration", "jsonPatch", "ApplyConfiguration", PatchTypes.Object, environment, path, errors);
                    break;
                case var other:
                    errors.NotSupported(path + ".patchType", other, "ApplyConfiguration", "JSONPatch");
                    break;
            }
        }
    }

    private static void Mutation(
        JsonObject mutation, string wanted, string unwanted, string type, CelType result, CelEnvironment environment, string path, FieldErrors errors)
    {
        if (mutation.Object(wanted) is not { } patch)
        {
            errors.Required($"{path}.{wanted}", $"must be specified when patchType is {type}");
        }
        else if ((patch.String("expression") ?? "").Trim() is { Length: > 0 } expression)
        {
            MatchRules.Expression(expression, expression, environment, $"{path}.{wanted}.expression", errors, result);
        }
        else
        {
            errors.Required($"{path}.{wanted}.expression");
        }
        if (mutation.Object(unwanted) is not null)
        {
            errors.Invalid($"{path}.{unwanted}", $"{{{unwanted}}}", $"must not be specified when patchType is {type}");
        }
    }

    private static void Actions(JsonObject spec, FieldErrors errors)
    {
        const string Path = "spec.validationActions";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var actions = MatchRules.Texts(spec, "validationActions");
        for (var i = 0; i < actions.Count; i++)
        {
            if (actions[i] is not ("Audit" or "Deny" or "Warn"))
            {
                errors.NotSupported($"{Path}[{i}]", actions[i], "Audit", "Deny", "Warn");
            }
            if (!seen.Add(actions[i]))
            {
                errors.Duplicate($"{Path}[{i}]", actions[i]);
            }
        }
        if (seen.Contains("Deny") && seen.Contains("Warn"))
        {
            errors.Invalid(Path, spec["validationActions"],
                "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }
        if (seen.Count == 0)
        {
            errors.Required(Path, "at least one validation action is required");
        }
    }

    private static CelEnvironment Environment(FixedFields? variables, bool authorizer, bool parameters)
    {
        var environment = AdmissionTypes.Environment(authorizer, parameters);
        return variables is null ? environment : environment.With("variables", CelType.StructOf("kubernetes.variables", variables));
    }
}
