using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>A step of a program. Immutable.</summary>
internal abstract class Node
{
    public abstract CelValue Evaluate(Frame frame);
}

internal sealed class ConstantNode(CelValue value) : Node
{
    public CelValue Value => value;

    public override CelValue Evaluate(Frame frame) => value;
}

internal sealed class VariableNode(string name) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        frame.Charge(1);
        return frame.Variables.TryGet(name, out var value) ? value : CelValue.Error($"no such attribute(s): {name}");
    }
}

internal sealed class SlotNode(int slot) : Node
{
    public int Slot => slot;

    public override CelValue Evaluate(Frame frame)
    {
        frame.Charge(1);
        return frame.Slot(slot);
    }
}

/// <summary>A value with a name: evaluated when it is first used.</summary>
internal sealed class BindNode(int slot, Node initial, Node result) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        frame.Slot(slot) = initial.Evaluate(frame);
        return result.Evaluate(frame);
    }
}

internal sealed class ConditionalNode(Node condition, Node then, Node otherwise) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var decided = condition.Evaluate(frame);
        return decided.IsTrue ? then.Evaluate(frame) : decided.IsFalse ? otherwise.Evaluate(frame) : decided.IsError ? decided : CelValue.NoSuchOverload;
    }
}

/// <summary>And, or: one side that decides is enough, even beside an error.</summary>
internal sealed class LogicalNode(bool decisive, Node left, Node right) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var a = left.Evaluate(frame);
        if (a.Kind == CelKind.Bool && a.AsBool == decisive)
        {
            return a;
        }
        var b = right.Evaluate(frame);
        if (b.Kind == CelKind.Bool && b.AsBool == decisive)
        {
            return b;
        }
        return a.IsError ? a : b.IsError ? b : a.Kind == CelKind.Bool && b.Kind == CelKind.Bool ? CelValue.Of(!decisive) : CelValue.NoSuchOverload;
    }
}

internal sealed class NotStrictlyFalseNode(Node operand) : Node
{
    public override CelValue Evaluate(Frame frame)
    {
        var value = operand.Evaluate(frame);
        frame.Charge(1);
        return CelValue.Of(!value.IsFalse);
    }
}
