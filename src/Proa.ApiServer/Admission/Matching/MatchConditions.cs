using Proa.Api.Cel.Checking;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>
/// The <c>matchConditions</c> of a webhook or policy: all must hold for it to be concerned. Immutable and thread-safe.
/// </summary>
internal sealed class MatchConditions
{
    /// <summary>What all of them together may cost for one request.</summary>
    private const long Budget = 2_500_000;

    private readonly (string Name, PolicyExpression Expression)[] _conditions;

    private MatchConditions((string, PolicyExpression)[] conditions) => _conditions = conditions;

    /// <summary>Compiles <c>[{name, expression}]</c>; null when there are none: everything matches.</summary>
    /// <param name="parameters">True where the variable <c>params</c> may be named.</param>
    public static MatchConditions? Of(JsonArray? conditions, bool parameters = false)
    {
        if (conditions is not { Count: > 0 })
        {
            return null;
        }
        var environment = AdmissionTypes.Environment(authorizer: true, parameters);
        return new([.. conditions.OfType<JsonObject>().Select(condition =>
            (condition.String("name") ?? "", PolicyExpression.Compile(condition.String("expression") ?? "", environment, CelType.Bool)))]);
    }

    /// <summary>One that is false decides, even beside one that fails; where some fail and none is false the failure policy decides.</summary>
    public MatchDecision Evaluate(AdmissionVariables variables, CancellationToken ct)
    {
        var budget = Budget;
        List<string>? errors = null;
        foreach (var (_, expression) in _conditions)
        {
            var value = expression.Evaluate(variables, ref budget, ct);
            if (budget < 0)
            {
                return new(false, value.ErrorMessage);
            }
            if (value.IsFalse)
            {
                return new(false, null);
            }
            if (value.IsError)
            {
                (errors ??= []).Add(value.ErrorMessage);
            }
        }
        return errors is null ? new(true, null)
            : errors.Distinct(StringComparer.Ordinal).ToList() is var distinct && distinct.Count == 1 ? new(false, distinct[0])
            : new(false, $"[{string.Join(", ", distinct)}]");
    }
}

/// <param name="Error">Not null: it could not be told.</param>
internal readonly record struct MatchDecision(bool Matches, string? Error);
