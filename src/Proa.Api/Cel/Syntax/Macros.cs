using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Syntax;

/// <summary>Calls that are written out before they are checked.</summary>
internal static class Macros
{
    /// <summary>No expression can name it.</summary>
    public const string Accumulator = "@result";

    private const string Unused = "#unused";

    /// <param name="bindings">Whether <c>cel.bind</c> is one of them.</param>
    /// <returns>Null: not a macro.</returns>
    public static Expr? Expand(int offset, string function, Expr? target, IReadOnlyList<Expr> args, bool bindings, List<CelIssue> issues)
    {
        if (bindings && function == "bind" && args.Count == 3 && target is IdentExpr { Name: "cel" })
        {
            return Bind(offset, args, issues);
        }
        if (target is null)
        {
            return function == "has" && args.Count == 1 ? Has(offset, args[0], issues) : null;
        }
        return (function, args.Count) switch
        {
            ("all", 2) => Quantifier(Kind.All, offset, target, args, issues),
            ("exists", 2) => Quantifier(Kind.Exists, offset, target, args, issues),
            ("exists_one" or "existsOne", 2) => Quantifier(Kind.One, offset, target, args, issues),
            ("map", 2) => Map(offset, target, args[0], null, args[1], issues),
            ("map", 3) => Map(offset, target, args[0], args[1], args[2], issues),
            ("filter", 2) => Map(offset, target, args[0], args[1], args[0], issues),
            ("all", 3) => Quantifier2(Kind.All, offset, target, args, issues),
            ("exists", 3) => Quantifier2(Kind.Exists, offset, target, args, issues),
            ("exists_one" or "existsOne", 3) => Quantifier2(Kind.One, offset, target, args, issues),
            ("transformList" or "transformMap" or "transformMapEntry", 3 or 4) => Transform(function, offset, target, args, issues),
            ("optMap", 2) => OptionalMap(offset, target, args, flat: false, issues),
            ("optFlatMap", 2) => OptionalMap(offset, target, args, flat: true, issues),
            ("sortBy", 2) => SortBy(offset, target, args, issues),
            _ => null,
        };
    }

    private enum Kind
    {
        All,
        Exists,
        One,
    }

    private static Expr Has(int offset, Expr arg, List<CelIssue> issues) => arg is SelectExpr { TestOnly: false } select
        ? new SelectExpr(offset, select.Operand, select.Field, testOnly: true)
        : Fail(arg, "invalid argument to has() macro", issues);

    private static Expr Bind(int offset, IReadOnlyList<Expr> args, List<CelIssue> issues) => args[0] is IdentExpr variable
        ? new ComprehensionExpr(offset, new ListExpr(offset, []), Unused, null, variable.Name, args[1],
            Literal(offset, CelValue.False), new IdentExpr(offset, variable.Name), args[2])
        : Fail(args[0], "cel.bind() variable names must be simple identifiers", issues);

    private static Expr Quantifier(Kind kind, int offset, Expr target, IReadOnlyList<Expr> args, List<CelIssue> issues)
    {
        if (args[0] is not IdentExpr variable)
        {
            return Fail(args[0], "argument must be a simple name", issues);
        }
        return Overwrites(variable, issues) ?? Quantifier(kind, offset, target, variable.Name, null, args[1]);
    }

    private static Expr Quantifier2(Kind kind, int offset, Expr target, IReadOnlyList<Expr> args, List<CelIssue> issues) =>
        Variables(args, issues) ?? Quantifier(kind, offset, target, ((IdentExpr)args[0]).Name, ((IdentExpr)args[1]).Name, args[2]);

    private static ComprehensionExpr Quantifier(Kind kind, int offset, Expr target, string variable, string? variable2, Expr predicate)
    {
        var accumulator = new IdentExpr(offset, Accumulator);
        return kind switch
        {
            Kind.All => new(offset, target, variable, variable2, Accumulator,
                Literal(offset, CelValue.True),
                Call(offset, Operators.NotStrictlyFalse, accumulator),
                Call(offset, Operators.And, new IdentExpr(offset, Accumulator), predicate),
                new IdentExpr(offset, Accumulator)),
            Kind.Exists => new(offset, target, variable, variable2, Accumulator,
                Literal(offset, CelValue.False),
                Call(offset, Operators.NotStrictlyFalse, Call(offset, Operators.Not, accumulator)),
                Call(offset, Operators.Or, new IdentExpr(offset, Accumulator), predicate),
                new IdentExpr(offset, Accumulator)),
            _ => new(offset, target, variable, variable2, Accumulator,
                Literal(offset, CelValue.Of(0L)),
                Literal(offset, CelValue.True),
                Call(offset, Operators.Conditional, predicate,
                    Call(offset, Operators.Add, accumulator, Literal(offset, CelValue.Of(1L))), new IdentExpr(offset, Accumulator)),
                Call(offset, Operators.Equal, new IdentExpr(offset, Accumulator), Literal(offset, CelValue.Of(1L)))),
        };
    }

    private static Expr Map(int offset, Expr target, Expr variable, Expr? filter, Expr transform, List<CelIssue> issues)
    {
        if (variable is not IdentExpr named)
        {
            return Fail(variable, "argument is not an identifier", issues);
        }
        if (Overwrites(named, issues) is { } failed)
        {
            return failed;
        }
        return Collect(offset, target, named.Name, null, new ListExpr(offset, []), filter,
            Call(offset, Operators.Add, new IdentExpr(offset, Accumulator), new ListExpr(offset, [transform])));
    }

    private static Expr Transform(string function, int offset, Expr target, IReadOnlyList<Expr> args, List<CelIssue> issues)
    {
        if (Variables(args, issues) is { } failed)
        {
            return failed;
        }
        var filter = args.Count == 4 ? args[2] : null;
        var transform = args[^1];
        var (first, second) = (((IdentExpr)args[0]).Name, ((IdentExpr)args[1]).Name);
        var accumulator = new IdentExpr(offset, Accumulator);
        return function switch
        {
            "transformList" => Collect(offset, target, first, second, new ListExpr(offset, []), filter,
                Call(offset, Operators.Add, accumulator, new ListExpr(offset, [transform]))),
            "transformMap" => Collect(offset, target, first, second, new MapExpr(offset, []), filter,
                Call(offset, "cel.@mapInsert", accumulator, new IdentExpr(offset, first), transform)),
            _ => Collect(offset, target, first, second, new MapExpr(offset, []), filter,
                Call(offset, "cel.@mapInsert", accumulator, transform)),
        };
    }

    private static ComprehensionExpr Collect(int offset, Expr target, string variable, string? variable2, Expr initial, Expr? filter, Expr step) => new(
        offset, target, variable, variable2, Accumulator, initial, Literal(offset, CelValue.True),
        filter is null ? step : Call(offset, Operators.Conditional, filter, step, new IdentExpr(offset, Accumulator)),
        new IdentExpr(offset, Accumulator));

    private static Expr OptionalMap(int offset, Expr target, IReadOnlyList<Expr> args, bool flat, List<CelIssue> issues)
    {
        if (args[0] is not IdentExpr variable)
        {
            return Fail(args[0], $"{(flat ? "optFlatMap" : "optMap")}() variable name must be a simple identifier", issues);
        }
        var bound = new ComprehensionExpr(offset, new ListExpr(offset, []), Unused, null, variable.Name,
            new CallExpr(offset, "value", target, []), Literal(offset, CelValue.False), new IdentExpr(offset, variable.Name), args[1]);
        return Call(offset, Operators.Conditional,
            new CallExpr(offset, "hasValue", target, []),
            flat ? bound : Call(offset, "optional.of", bound),
            Call(offset, "optional.none"));
    }

    private static Expr SortBy(int offset, Expr target, IReadOnlyList<Expr> args, List<CelIssue> issues)
    {
        if (args[0] is not IdentExpr variable)
        {
            return Fail(args[0], "argument is not an identifier", issues);
        }
        const string Input = "@__sortBy_input__";
        var keys = Map(offset, new IdentExpr(offset, Input), variable, null, args[1], issues);
        return new ComprehensionExpr(offset, new ListExpr(offset, []), Unused, null, Input, target, Literal(offset, CelValue.False),
            new IdentExpr(offset, Input), new CallExpr(offset, "@sortByAssociatedKeys", new IdentExpr(offset, Input), [keys]));
    }

    private static Expr? Variables(IReadOnlyList<Expr> args, List<CelIssue> issues)
    {
        if (args[0] is not IdentExpr first)
        {
            return Fail(args[0], "argument must be a simple name", issues);
        }
        if (args[1] is not IdentExpr second)
        {
            return Fail(args[1], "argument must be a simple name", issues);
        }
        return first.Name == second.Name
            ? Fail(second, $"duplicate variable name: {first.Name}", issues)
            : Overwrites(first, issues) ?? Overwrites(second, issues);
    }

    private static Expr? Overwrites(IdentExpr variable, List<CelIssue> issues) => variable.Name is Accumulator or "__result__"
        ? Fail(variable, "iteration variable overwrites accumulator variable", issues)
        : null;

    private static ErrorExpr Fail(Expr at, string message, List<CelIssue> issues)
    {
        issues.Add(new(at.Offset, message));
        return new(at.Offset);
    }

    private static LiteralExpr Literal(int offset, CelValue value) => new(offset, value);

    private static CallExpr Call(int offset, string function, params ReadOnlySpan<Expr> args) => new(offset, function, null, [.. args]);
}
