using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Values;
using Proa.Api.Kinds.Policy;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>An expression of a policy or webhook: compiled once; one that cannot be is an error of every evaluation. Immutable.</summary>
internal sealed class PolicyExpression
{
    public const string OutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";

    private readonly CelProgram? _program;

    private PolicyExpression(string text, CelProgram? program, string? error) => (Text, _program, Error) = (text, program, error);

    public string Text { get; }

    /// <summary>What keeps it from being run; null: nothing.</summary>
    public string? Error { get; }

    public CelType? ResultType => _program?.ResultType;

    /// <param name="results">The types that it may have; none: any.</param>
    public static PolicyExpression Compile(string text, CelEnvironment environment, params ReadOnlySpan<CelType> results)
    {
        var program = PolicyPrograms.Compile(text, environment, results, out var error);
        return new(text, program, error);
    }

    /// <summary>Runs it; the budget loses what it cost.</summary>
    /// <returns>An error value where it failed; <see cref="OutOfBudget"/> with a budget below zero ends the whole evaluation.</returns>
    public CelValue Evaluate(AdmissionVariables variables, ref long budget, CancellationToken ct)
    {
        if (_program is null)
        {
            return CelValue.Error("compilation error: " + Error);
        }
        var result = _program.Evaluate(variables, CelProgram.CallLimit, ct);
        budget -= result.Cost + variables.TakeCost();
        if (budget < 0)
        {
            return CelValue.Error(OutOfBudget);
        }
        return result.Ok ? result.Value : CelValue.Error($"expression '{Text}' resulted in error: {result.Error}");
    }

    /// <summary>The value alone, for variables of other expressions.</summary>
    public CelResult Run(ICelVariables variables, CancellationToken ct) =>
        _program?.Evaluate(variables, CelProgram.CallLimit, ct) ?? new(CelOutcome.Failed, CelValue.Error("compilation error: " + Error), 0);
}
