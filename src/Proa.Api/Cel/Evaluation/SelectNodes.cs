using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>A field of an object, or a text key of a map.</summary>
internal sealed class SelectNode(Node operand, string field) : Node
{
    private readonly CelValue _key = CelValue.Of(field);

    public override CelValue Evaluate(Frame frame)
    {
        var target = operand.Evaluate(frame);
        if (target.IsError)
        {
            return target;
        }
        frame.Charge(1);
        return Indexing.Get(target, _key);
    }
}

internal sealed class PresenceNode(Node operand, string field) : Node
{
    private readonly CelValue _key = CelValue.Of(field);

    public override CelValue Evaluate(Frame frame)
    {
        var target = operand.Evaluate(frame);
        if (target.Kind == CelKind.Optional)
        {
            target = target.AsOptional.HasValue ? target.AsOptional.Value : CelValue.Null;
            if (target.Kind == CelKind.Null)
            {
                return CelValue.False;
            }
        }
        return target.Kind switch
        {
            CelKind.Error => target,
            CelKind.Map => CelValue.Of(target.AsMap.TryGet(_key, out _)),
            _ => Indexing.Unsupported(target, _key),
        };
    }
}

/// <summary>An index into a list or map, or a field by <c>.?</c>.</summary>
internal sealed class IndexNode(Node operand, Node index, bool optional) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var target = operand.Evaluate(frame);
        if (target.IsError)
        {
            return target;
        }
        var key = index.Evaluate(frame);
        if (key.IsError)
        {
            return key;
        }
        frame.Charge(1);
        return optional ? Indexing.GetOptional(target, key) : Indexing.Get(target, key);
    }
}

internal static class Indexing
{
    public static CelValue Get(in CelValue target, in CelValue key)
    {
        switch (target.Kind)
        {
            case CelKind.Map:
                return target.AsMap.TryGet(key, out var value) ? value : Missing(key);
            case CelKind.List:
                return Item(target.AsList, key);
            case CelKind.Optional:
                return GetOptional(target, key);
            default:
                return Unsupported(target, key);
        }
    }

    /// <summary>What is absent is no error, but nothing.</summary>
    public static CelValue GetOptional(in CelValue target, in CelValue key)
    {
        var within = target;
        if (target.Kind == CelKind.Optional)
        {
            if (!target.AsOptional.HasValue)
            {
                return target;
            }
            within = target.AsOptional.Value;
        }
        switch (within.Kind)
        {
            case CelKind.Map:
                return CelValue.Of(within.AsMap.TryGet(key, out var value) ? new CelOptional(value) : CelOptional.None);
            case CelKind.List:
                return Position(key) is not { } at ? Item(within.AsList, key)
                    : CelValue.Of(at >= 0 && at < within.AsList.Count ? new CelOptional(within.AsList[(int)at]) : CelOptional.None);
            default:
                return Unsupported(within, key);
        }
    }

    public static CelValue Unsupported(in CelValue target, in CelValue key) => target.IsError ? target
        : key.Kind == CelKind.String && target.Kind is not (CelKind.Optional or CelKind.Opaque) ? Missing(key) : CelValue.NoSuchOverload;

    private static CelValue Missing(in CelValue key) => CelValue.Error($"no such key: {key}");

    private static CelValue Item(CelList list, in CelValue key)
    {
        if (Position(key) is not { } at)
        {
            return CelValue.Error($"unsupported index type '{key.RuntimeType.RuntimeName}' in list");
        }
        return at >= 0 && at < list.Count ? list[(int)at] : CelValue.Error($"index out of bounds: {at}");
    }

    private static long? Position(in CelValue key) => key.Kind switch
    {
        CelKind.Int => key.AsInt,
        CelKind.Uint => key.AsUint > long.MaxValue ? -1 : (long)key.AsUint,
        CelKind.Double when Math.Floor(key.AsDouble) == key.AsDouble && Math.Abs(key.AsDouble) < 9e15 => (long)key.AsDouble,
        _ => null,
    };
}
