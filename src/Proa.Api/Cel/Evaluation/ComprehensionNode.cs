using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>What macros become at run time.</summary>
/// <param name="variable2">-1: none.</param>
/// <param name="collects">The accumulator is a list or map to which the step adds.</param>
internal sealed class ComprehensionNode(
    Node range, int variable, int variable2, int accumulator, Node initial, Node condition, Node step, Node result, Collecting collects) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var over = range.Evaluate(frame);
        if (over.IsError)
        {
            return over;
        }
        var start = initial.Evaluate(frame);
        frame.Slot(accumulator) = collects switch
        {
            Collecting.List => CelValue.Of(new CelValueList()),
            Collecting.Map => CelValue.Of(new CelValueMap()),
            _ => start,
        };
        switch (over.Kind)
        {
            case CelKind.List:
                var list = over.AsList;
                for (var i = 0; i < list.Count; i++)
                {
                    if (!Next(frame, variable2 < 0 ? list[i] : CelValue.Of((long)i), variable2 < 0 ? default : list[i]))
                    {
                        break;
                    }
                }
                break;
            case CelKind.Map:
                foreach (var key in over.AsMap.Keys)
                {
                    var value = default(CelValue);
                    if (variable2 >= 0)
                    {
                        over.AsMap.TryGet(key, out value);
                    }
                    if (!Next(frame, key, value))
                    {
                        break;
                    }
                }
                break;
            default:
                return CelValue.NoSuchOverload;
        }
        return result.Evaluate(frame);
    }

    private bool Next(Frame frame, in CelValue first, in CelValue second)
    {
        frame.Slot(variable) = first;
        if (variable2 >= 0)
        {
            frame.Slot(variable2) = second;
        }
        if (!condition.Evaluate(frame).IsTrue)
        {
            return false;
        }
        frame.Charge(0);
        frame.Slot(accumulator) = step.Evaluate(frame);
        return true;
    }
}

internal enum Collecting : byte
{
    None,
    List,
    Map,
}
