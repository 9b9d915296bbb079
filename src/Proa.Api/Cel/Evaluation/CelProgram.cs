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
    public bool Uses(string variable) => Uses(_expr, variable);

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

    private static bool Uses(Expr? expr, string variable) => expr switch
    {
        IdentExpr ident => ident.Name == variable,
        SelectExpr select => select.Resolved?.Name == variable || Uses(select.Operand, variable),
        CallExpr call => Uses(call.Target, variable) || call.Args.Any(arg => Uses(arg, variable)),
        ListExpr list => list.Elements.Any(item => Uses(item, variable)),
        MapExpr map => map.Entries.Any(entry => Uses(entry.Key, variable) || Uses(entry.Value, variable)),
        StructExpr made => made.Fields.Any(field => Uses(field.Value, variable)),
        ComprehensionExpr c => Uses(c.Range, variable) || Uses(c.Initial, variable) || Uses(c.Condition, variable) || Uses(c.Step, variable) || Uses(c.Result, variable),
        _ => false,
    };
}
