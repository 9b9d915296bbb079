using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Cost;
using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>A call of a function: the form that the arguments fit, of those that the checker left.</summary>
internal sealed class CallNode(string function, Overload[] overloads, RuntimeCost[] costs, Node[] args) : Node
{
    private const int LongText = 4096;

    public override CelValue Evaluate(Frame frame)
    {
        var at = frame.Reserve(args.Length);
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i].Evaluate(frame);
            if (arg.IsError)
            {
                frame.Release(at);
                return arg;
            }
            frame.Put(at + i, arg);
        }
        var given = frame.Args(at, args.Length);
        for (var i = 0; i < overloads.Length; i++)
        {
            if (overloads[i].Accepts(given))
            {
                var result = overloads[i].Body!(given);
                frame.Charge(RuntimeCosts.Of(costs[i], given, result));
                if (result.Kind == CelKind.String && result.AsString.Length > LongText)
                {
                    // The rules above go by what was put in; what comes out may be far longer.
                    frame.Charge(result.AsString.Length / 10);
                }
                frame.Release(at);
                return result;
            }
        }
        frame.Release(at);
        return MissingOverload.Of(function, given);
    }
}

/// <summary><c>or</c> and <c>orValue</c>: the second is evaluated only when it is needed.</summary>
internal sealed class OptionalOrNode(Node first, Node second, bool unwrap) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var value = first.Evaluate(frame);
        if (value.IsError)
        {
            return value;
        }
        if (value.Kind != CelKind.Optional)
        {
            return CelValue.NoSuchOverload;
        }
        return value.AsOptional.HasValue ? (unwrap ? value.AsOptional.Value : value) : second.Evaluate(frame);
    }
}

/// <summary>A pattern that the data gives: each that is new must be compiled, which the rules for costs do not count.</summary>
internal sealed class PatternNode(Node pattern) : Node
{
    private const long CompileCost = 500;

    public override CelValue Evaluate(Frame frame)
    {
        var value = pattern.Evaluate(frame);
        if (value.Kind == CelKind.String && !RegularExpressions.IsKnown(value.AsString))
        {
            frame.Charge(CompileCost);
        }
        return value;
    }
}
