using System.Diagnostics;
using System.Text;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema.Expressions;

/// <summary>
/// Checks a custom resource against its schema's expressions: each with a limit, all together within a budget. What an update
/// left unchanged is warned of rather than refused. For one use.
/// </summary>
internal sealed class ExpressionValidator(Action<string>? warn, CancellationToken ct)
{
    private const int MaxMessage = 5 * 1024;

    private readonly List<FieldError> _errors = [];
    private long _budget = 10_000_000;

    /// <param name="old">Null: the object is new.</param>
    public static IReadOnlyList<FieldError> Validate(ExpressionRules rules, JsonObject obj, JsonObject? old, Action<string>? warn, CancellationToken ct)
    {
        var validator = new ExpressionValidator(warn, ct);
        validator.Visit(rules, obj, old, "", unchanged: false, correlated: old is not null);
        return validator._errors;
    }

    /// <param name="correlated">The old value is known to be of the same thing, or known to be absent.</param>
    /// <param name="unchanged">The nearest part of which the old value is known did not change.</param>
    private void Visit(ExpressionRules rules, JsonValue value, JsonValue? old, string path, bool unchanged, bool correlated)
    {
        if (value is JsonNull || _budget < 0)
        {
            return;
        }
        if (correlated)
        {
            unchanged = old is not null && old.DeepEquals(value);
        }
        Own(rules, value, old is JsonNull ? null : old, path, unchanged);
        foreach (var all in rules.AllOf)
        {
            if (_budget >= 0)
            {
                Visit(all, value, old, path, unchanged: false, correlated: false);
            }
        }
        switch (value)
        {
            case JsonObject obj:
                foreach (var (name, member) in obj)
                {
                    var before = (old as JsonObject)?[name];
                    if (rules.Node.Kind == SchemaKind.Map && rules.Element is { } values)
                    {
                        Visit(values, member, before, $"{path}[{name}]", unchanged, correlated);
                    }
                    else if (rules.TryProperty(name, out var property))
                    {
                        Visit(property, member, before, path.Length == 0 ? name : $"{path}.{name}", unchanged, correlated);
                    }
                }
                break;
            case JsonArray list when rules.Element is { } items:
                for (var i = 0; i < list.Count; i++)
                {
                    var keyed = rules.Node.ListType == ListType.Map;
                    Visit(items, list[i], keyed ? Correlated(rules.Node, old as JsonArray, list[i]) : null, $"{path}[{i}]", unchanged, correlated && keyed);
                }
                break;
        }
    }

    private void Own(ExpressionRules rules, JsonValue value, JsonValue? old, string path, bool unchanged)
    {
        if (rules.Own.Length == 0 && !rules.IsUntyped)
        {
            return;
        }
        var shown = path.Length == 0 ? "<nil>" : path;
        var type = rules.Node.Rules!.Type;
        if (rules.IsUntyped)
        {
            Invalid(shown, type, "rule compiler initialization error: failed to convert to declType for CEL validation rules");
            return;
        }
        if (_budget <= 0)
        {
            OutOfBudget(shown, type);
            return;
        }
        var usesOld = Array.Exists(rules.Own, static rule => rule.UsesOldSelf);
        var self = JsonCel.Of(value, rules.Type);
        var oldSelf = usesOld && old is not null ? JsonCel.Of(old, rules.Type) : default(CelValue?);
        foreach (var rule in rules.Own)
        {
            if (rule.Error is { } error)
            {
                Invalid(shown, type, $"rule compile error: {error}");
                continue;
            }
            if (rule.Program is null || (rule.UsesOldSelf && old is null && !rule.OptionalOldSelf))
            {
                // A rule about a change has nothing to say of what is new.
                continue;
            }
            var plain = new SelfVariables(self, oldSelf);
            var started = RuleMeter.Evaluations.Enabled ? Stopwatch.GetTimestamp() : 0;
            var result = rule.Program.Evaluate(
                rule.OptionalOldSelf && usesOld ? new SelfVariables(self, CelValue.Of(oldSelf is { } known ? new CelOptional(known) : CelOptional.None)) : plain, CelProgram.CallLimit, ct);
            if (started != 0)
            {
                RuleMeter.Evaluations.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
            if (result.Cost > _budget)
            {
                OutOfBudget(shown, type);
                return;
            }
            _budget -= result.Cost;
            if (!result.Ok)
            {
                Failed(rule, result, shown, type);
                if (_budget < 0)
                {
                    return;
                }
            }
            else if (!result.Value.IsTrue)
            {
                Refuse(rule, rules, value, plain, path, shown, unchanged && !rule.UsesOldSelf);
                if (_budget < 0)
                {
                    return;
                }
            }
        }
    }

    private void Failed(ValidationRule rule, CelResult result, string path, string type)
    {
        var error = result.Error;
        if (result.Outcome == CelOutcome.CostExceeded)
        {
            Invalid(path, type, $"'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {rule.Shown}");
            _budget = -1;
        }
        else if (error.StartsWith("no such overload", StringComparison.Ordinal))
        {
            Invalid(path, type, $"'{error}': call arguments did not match a supported operator, function or macro signature for rule: {rule.Shown}");
        }
        else
        {
            Invalid(path, type, $"{error} evaluating rule: {rule.Shown}");
        }
    }

    private void Refuse(ValidationRule rule, ExpressionRules rules, JsonValue value, SelfVariables variables, string path, string shown, bool unchanged)
    {
        var field = rule.FieldPath.Length > 0 && RuleFieldPath.Normalize(rule.FieldPath, rules.Node) is { Length: > 0 } relative
            ? path.Length == 0 ? relative : $"{path}.{relative}"
            : shown;
        var detail = rule.Message;
        if (rule.MessageExpression is { } expression)
        {
            var (text, wrong) = Message(expression, variables);
            if (wrong is not null)
            {
                Add(FieldError.Invalid(field, rules.Node.Rules!.Type, wrong), unchanged);
                return;
            }
            detail = text ?? detail;
        }
        JsonValue? bad = value is JsonObject or JsonArray ? null : value;
        Add(rule.Reason switch
        {
            "FieldValueForbidden" => FieldError.Forbidden(field, detail),
            "FieldValueRequired" => FieldError.Required(field, detail),
            "FieldValueDuplicate" => new FieldError(FieldErrorType.Duplicate, field, bad, ""),
            _ => new FieldError(FieldErrorType.Invalid, field, bad, detail),
        }, unchanged);
    }

    private (string? Text, string? Error) Message(CelProgram expression, SelfVariables variables)
    {
        var result = expression.Evaluate(variables, CelProgram.CallLimit, ct);
        if (result.Cost > _budget)
        {
            _budget = -1;
            return (null, "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run");
        }
        if (result.Outcome == CelOutcome.CostExceeded)
        {
            _budget = -1;
            return (null, $"no further validation rules will be run due to call cost exceeds limit for messageExpression: {FieldError.Quote(expression.Text)}");
        }
        _budget -= result.Cost;
        var text = result is { Ok: true, Value.Kind: CelKind.String } ? result.Value.AsString.Trim() : "";
        return (text.Length == 0 || text.Contains('\n', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(text) > MaxMessage ? null : text, null);
    }

    private static JsonValue? Correlated(SchemaNode list, JsonArray? old, JsonValue item)
    {
        foreach (var candidate in old ?? [])
        {
            if (candidate is JsonObject a && item is JsonObject b && list.ListKeys.All(key => Kinds.FieldErrors.Same(a[key], b[key])))
            {
                return candidate;
            }
        }
        return null;
    }

    private void OutOfBudget(string path, string type)
    {
        Invalid(path, type, "validation failed due to running out of cost budget, no further validation rules will be run");
        _budget = -1;
    }

    private void Invalid(string path, string type, string detail) => _errors.Add(FieldError.Invalid(path, type, detail));

    private void Add(FieldError error, bool unchanged)
    {
        if (unchanged)
        {
            warn?.Invoke(error.ToString());
        }
        else
        {
            _errors.Add(error);
        }
    }

    private sealed class SelfVariables(CelValue self, CelValue? oldSelf) : ICelVariables
    {
        public bool TryGet(string name, out CelValue value)
        {
            value = name == "self" ? self : oldSelf ?? default;
            return name == "self" || (name == "oldSelf" && oldSelf is not null);
        }
    }
}
