using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.ApiServer.Admission.Matching;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>A ValidatingAdmissionPolicy. Thread-safe.</summary>
internal sealed class ValidatingPolicy : PolicyBase
{
    private const long Budget = 10_000_000;
    private const int MaxMessage = 5 * 1024;

    private readonly Lazy<Validation[]> _validations;
    private readonly Lazy<(string Key, PolicyExpression Value)[]> _annotations;

    public ValidatingPolicy(JsonObject policy)
        : base(policy)
    {
        _validations = new(() =>
        {
            var rules = Environment(authorizer: true);
            var messages = Environment(authorizer: false);
            return [.. (Spec.Array("validations") ?? []).OfType<JsonObject>().Select(validation => new Validation(
                PolicyExpression.Compile(validation.String("expression") ?? "", rules, CelType.Bool),
                validation.String("message") ?? "",
                validation.String("messageExpression") is { Length: > 0 } message ? PolicyExpression.Compile(message, messages, CelType.String) : null,
                validation.String("reason") is { Length: > 0 } reason ? reason : "Invalid"))];
        });
        _annotations = new(() =>
        {
            var environment = Environment(authorizer: true);
            return [.. (Spec.Array("auditAnnotations") ?? []).OfType<JsonObject>().Select(annotation => (
                annotation.String("key") ?? "",
                PolicyExpression.Compile(annotation.String("valueExpression") ?? "", environment, CelType.String, CelType.Null)))];
        });
    }

    /// <summary>What does not hold of a request; nothing where the policy's conditions leave it out.</summary>
    /// <param name="annotate">Told the audit annotations.</param>
    public IReadOnlyList<PolicyDenial> Evaluate(AdmissionVariables variables, Action<string, string> annotate, CancellationToken ct)
    {
        if (Conditions is { } conditions)
        {
            var decision = conditions.Evaluate(variables, ct);
            if (decision.Error is { } error)
            {
                return Failed(error);
            }
            if (!decision.Matches)
            {
                return [];
            }
        }
        variables.Compose(Variables);
        var denials = new List<PolicyDenial>();
        var budget = Budget;
        for (var i = 0; i < _validations.Value.Length; i++)
        {
            var validation = _validations.Value[i];
            var value = validation.Expression.Evaluate(variables, ref budget, ct);
            if (budget < 0)
            {
                return Failed(value.ErrorMessage);
            }
            if (value.IsError)
            {
                if (!Ignores)
                {
                    denials.Add(new(i, value.ErrorMessage, "Invalid"));
                }
            }
            else if (!value.IsTrue)
            {
                denials.Add(new(i, Message(validation, variables, ref budget, ct), validation.Reason));
            }
        }
        Annotate(variables, annotate, denials, ct);
        return denials;
    }

    private void Annotate(AdmissionVariables variables, Action<string, string> annotate, List<PolicyDenial> denials, CancellationToken ct)
    {
        var budget = Budget;
        foreach (var (key, expression) in _annotations.Value)
        {
            var value = expression.Evaluate(variables, ref budget, ct);
            if (value.Kind == CelKind.String && value.AsString.Trim() is { Length: > 0 } text)
            {
                annotate(key, text);
            }
            else if (value.IsError && !Ignores)
            {
                // Denies whatever the binding's actions are.
                denials.Add(new(-1, value.ErrorMessage, "Invalid"));
            }
        }
    }

    private IReadOnlyList<PolicyDenial> Failed(string error) => Ignores ? [] : [new(0, error, "Invalid")];

    private static string Message(Validation validation, AdmissionVariables variables, ref long budget, CancellationToken ct)
    {
        if (validation.MessageExpression is { } expression
            && expression.Evaluate(variables, ref budget, ct) is { Kind: CelKind.String } value
            && value.AsString.Trim() is { Length: > 0 } text
            && !text.Contains('\n', StringComparison.Ordinal)
            && Encoding.UTF8.GetByteCount(text) <= MaxMessage)
        {
            return text;
        }
        return validation.Message.Trim() is { Length: > 0 } message ? message : $"failed expression: {validation.Expression.Text.Trim()}";
    }

    private sealed record Validation(PolicyExpression Expression, string Message, PolicyExpression? MessageExpression, string Reason);
}

/// <summary>What does not hold.</summary>
/// <param name="Index">Of the validation; -1: an audit annotation failed, which denies in any case.</param>
internal sealed record PolicyDenial(int Index, string Message, string Reason);
