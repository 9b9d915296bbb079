using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Cost;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>Makes the steps of a checked expression. For one use.</summary>
internal sealed class Planner
{
    private readonly List<(string Name, int Slot)> _scope = [];

    /// <summary>How many variables live within the expression.</summary>
    public int Slots { get; private set; }

    public Node Plan(Expr expr) => expr switch
    {
        LiteralExpr literal => new ConstantNode(literal.Value),
        IdentExpr ident => Ident(ident),
        SelectExpr { Resolved: { } resolved } => Ident(resolved),
        SelectExpr { TestOnly: true } select => new PresenceNode(Plan(select.Operand), select.Field),
        SelectExpr select => new SelectNode(Plan(select.Operand), select.Field),
        CallExpr call => Call(call),
        ListExpr list => List(list),
        MapExpr map => new MapNode([.. map.Entries.Select(entry => (Plan(entry.Key), Plan(entry.Value), entry.Optional))], null),
        StructExpr made => new MapNode([.. made.Fields.Select(field => ((Node)new ConstantNode(CelValue.Of(field.Name)), Plan(field.Value), field.Optional))], made.Type),
        ComprehensionExpr comprehension => Comprehension(comprehension),
        _ => throw new InvalidOperationException("an expression with issues is not planned"),
    };

    private Node Ident(IdentExpr ident)
    {
        if (ident.Constant is { } constant)
        {
            return new ConstantNode(constant);
        }
        for (var i = _scope.Count - 1; i >= 0; i--)
        {
            if (_scope[i].Name == ident.Name)
            {
                return new SlotNode(_scope[i].Slot);
            }
        }
        return new VariableNode(ident.Name.TrimStart('.'));
    }

    private Node List(ListExpr list)
    {
        var elements = list.Elements.Select(Plan).ToArray();
        bool[]? optional = null;
        for (var i = 0; i < elements.Length; i++)
        {
            if (list.IsOptional(i))
            {
                (optional ??= new bool[elements.Length])[i] = true;
            }
        }
        return new ListNode(elements, optional);
    }

    private Node Call(CallExpr call)
    {
        switch (call.Function)
        {
            case Operators.Conditional:
                return new ConditionalNode(Plan(call.Args[0]), Plan(call.Args[1]), Plan(call.Args[2]));
            case Operators.And:
                return new LogicalNode(decisive: false, Plan(call.Args[0]), Plan(call.Args[1]));
            case Operators.Or:
                return new LogicalNode(decisive: true, Plan(call.Args[0]), Plan(call.Args[1]));
            case Operators.NotStrictlyFalse:
                return new NotStrictlyFalseNode(Plan(call.Args[0]));
            case Operators.Index:
                return new IndexNode(Plan(call.Args[0]), Plan(call.Args[1]), optional: false);
            case Operators.OptionalIndex or Operators.OptionalSelect:
                return new IndexNode(Plan(call.Args[0]), Plan(call.Args[1]), optional: true);
            case "or" or "orValue" when call.Target is not null:
                return new OptionalOrNode(Plan(call.Target), Plan(call.Args[0]), call.Function == "orValue");
        }
        var args = new List<Node>(call.Args.Count + 1);
        if (call.Target is not null)
        {
            args.Add(Plan(call.Target));
        }
        args.AddRange(call.Args.Select(Plan));
        if (call.Function is "matches" or "find" or "findAll" && args.Count > 1 && args[1] is not ConstantNode)
        {
            args[1] = new PatternNode(args[1]);
        }
        return new CallNode(call.Function, [.. call.Overloads], [.. call.Overloads.Select(RuntimeCosts.For)], [.. args]);
    }

    private Node Comprehension(ComprehensionExpr comprehension)
    {
        var mark = _scope.Count;
        var range = Plan(comprehension.Range);
        var initial = Plan(comprehension.Initial);
        var accumulator = Declare(comprehension.Accumulator);
        if (comprehension.IsBind)
        {
            var bound = new BindNode(accumulator, initial, Plan(comprehension.Result));
            _scope.RemoveRange(mark, _scope.Count - mark);
            return bound;
        }
        var variable = Declare(comprehension.Variable);
        var variable2 = comprehension.Variable2 is { } name ? Declare(name) : -1;
        var condition = Plan(comprehension.Condition);
        var collects = Collects(comprehension);
        var step = collects == Collecting.None ? Plan(comprehension.Step) : Appending(comprehension.Step, accumulator);
        _scope.RemoveRange(mark + 1, _scope.Count - mark - 1);
        var result = Plan(comprehension.Result);
        _scope.RemoveRange(mark, _scope.Count - mark);
        return new ComprehensionNode(range, variable, variable2, accumulator, initial, condition, step, result, collects);
    }

    private static Collecting Collects(ComprehensionExpr comprehension) => comprehension switch
    {
        { Accumulator: not Macros.Accumulator } => Collecting.None,
        { Initial: ListExpr { Elements.Count: 0 } } => Collecting.List,
        { Initial: MapExpr { Entries.Count: 0 } } => Collecting.Map,
        _ => Collecting.None,
    };

    /// <summary>Of <c>filter ? accumulator + [item] : accumulator</c>, or of the addition alone.</summary>
    private Node Appending(Expr step, int accumulator)
    {
        var call = (CallExpr)step;
        return call.Function switch
        {
            Operators.Conditional => new ConditionalNode(Plan(call.Args[0]), Appending(call.Args[1], accumulator), new SlotNode(accumulator)),
            Operators.Add => new AppendNode(accumulator, [Plan(((ListExpr)call.Args[1]).Elements[0])]),
            _ => new AppendNode(accumulator, [.. call.Args.Skip(1).Select(Plan)]),
        };
    }

    private int Declare(string name)
    {
        _scope.Add((name, Slots));
        return Slots++;
    }
}
