using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Cost;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>An expression, checked and ready to run any number of times. Immutable and thread-safe.</summary>
public sealed class CelProgram
{
    /// <summary>What one evaluation may cost.</summary>
    public const long CallLimit = 1_000_000;

    private readonly Expr _expr;
    private readonly Node _root;
    private readonly int _slots;

    private CelProgram(string text, Expr expr, Node root, int slots) => (Text, _expr, _root, _slots) = (text, expr, root, slots);

    public string Text { get; }

    public CelType ResultType => _expr.Type!;

    /// <summary>Reads and checks an expression.</summary>
    /// <returns>The program, or null and what is wrong.</returns>
    public static CelProgram? Compile(string text, CelEnvironment environment, out IReadOnlyList<CelIssue> issues)
    {
        var found = new List<CelIssue>();
        issues = found;
        var expr = Parser.Parse(text, environment.HasBindings, found);
        if (found.Count > 0)
        {
            return null;
        }
        Checker.Check(expr, environment, found);
        if (found.Count == 0)
        {
            LiteralRules.Check(expr, found);
        }
        if (found.Count > 0)
        {
            return null;
        }
        var planner = new Planner();
        return new(text, expr, planner.Plan(expr), planner.Slots);
    }

    /// <summary>True when it may name the variable.</summary>
    public bool Uses(string variable) => Any(_expr, expr => expr switch
    {
        IdentExpr ident => ident.Name == variable,
        SelectExpr select => select.Resolved?.Name == variable,
        _ => false,
    });

    /// <summary>True when it looks at a field of a variable: <c>variable.field</c>, <c>variable.?field</c>, <c>has(variable.field)</c>.</summary>
    public bool Selects(string variable, string field) => Any(_expr, expr => expr switch
    {
        SelectExpr { Operand: IdentExpr owner } select => owner.Name == variable && select.Field == field,
        CallExpr { Function: Operators.OptionalSelect, Args: [IdentExpr owner, LiteralExpr name] } => owner.Name == variable && name.Value.Kind == CelKind.String && name.Value.AsString == field,
        _ => false,
    });

    /// <param name="limit">What it may cost, <see cref="CallLimit"/> at most.</param>
    public CelResult Evaluate(ICelVariables variables, long limit, CancellationToken ct)
    {
        var frame = new Frame(variables, _slots, Math.Min(limit, CallLimit), ct);
        try
        {
            var value = _root.Evaluate(frame);
            return new(value.IsError ? CelOutcome.Failed : CelOutcome.Done, value, frame.Cost);
        }
        catch (CelAbortedException aborted)
        {
            return new(aborted.Outcome, default, frame.Cost);
        }
    }

    /// <summary>What it may cost at least and at most, before it is run.</summary>
    public CostRange EstimateCost(ISizeEstimates sizes) => CostEstimator.Estimate(_expr, sizes);

    private static bool Any(Expr? expr, Predicate<Expr> test) => expr is not null && (test(expr) || expr switch
    {
        SelectExpr select => Any(select.Operand, test),
        CallExpr call => Any(call.Target, test) || call.Args.Any(arg => Any(arg, test)),
        ListExpr list => list.Elements.Any(item => Any(item, test)),
        MapExpr map => map.Entries.Any(entry => Any(entry.Key, test) || Any(entry.Value, test)),
        StructExpr made => made.Fields.Any(field => Any(field.Value, test)),
        ComprehensionExpr c => Any(c.Range, test) || Any(c.Initial, test) || Any(c.Condition, test) || Any(c.Step, test) || Any(c.Result, test),
        _ => false,
    });
}
