using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>What is said of arguments that no form of a function takes, which only dynamic values can come to.</summary>
internal static class MissingOverload
{
    public static CelValue Of(string function, ReadOnlySpan<CelValue> args)
    {
        if (!IsOperator(function))
        {
            var types = new string[args.Length];
            for (var i = 0; i < args.Length; i++)
            {
                types[i] = args[i].RuntimeType.RuntimeName;
            }
            return CelValue.Error($"no such overload: {function}({string.Join(", ", types)})");
        }
        // An operator asks its left side, which answers for itself where it knows the operator or has functions of its own.
        var left = args[0].Kind;
        return left is CelKind.String or CelKind.Timestamp or CelKind.Duration || Knows(function, left)
            ? CelValue.NoSuchOverload
            : CelValue.Error($"no such overload: {function}");
    }

    private static bool IsOperator(string function) => function is Operators.Add or Operators.Subtract or Operators.Multiply or Operators.Divide or Operators.Modulo
        or Operators.Negate or Operators.Not or Operators.Less or Operators.LessEqual or Operators.Greater or Operators.GreaterEqual or Operators.In or "size" or "matches";

    private static bool Knows(string function, CelKind left) => function switch
    {
        Operators.Add => left is CelKind.Bytes or CelKind.Double or CelKind.Int or CelKind.List or CelKind.Uint,
        Operators.Subtract or Operators.Multiply or Operators.Divide => left is CelKind.Double or CelKind.Int or CelKind.Uint,
        Operators.Modulo => left is CelKind.Int or CelKind.Uint,
        Operators.Negate => left is CelKind.Bool or CelKind.Double or CelKind.Int,
        Operators.Less or Operators.LessEqual or Operators.Greater or Operators.GreaterEqual =>
            left is CelKind.Bool or CelKind.Bytes or CelKind.Double or CelKind.Int or CelKind.Uint,
        Operators.In or Operators.Not => true,
        _ => false,
    };
}
