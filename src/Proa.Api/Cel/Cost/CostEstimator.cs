using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Cost;

/// <summary>
/// The least and the most that an expression may cost, from the bounds of the data. The rules are those of the reference
/// implementation, since definitions are accepted or refused by the result. For one use.
/// </summary>
internal sealed class CostEstimator
{
    private static readonly CostRange s_one = CostRange.Fixed(1);

    private readonly ISizeEstimates _sizes;
    private readonly Dictionary<Expr, string[]> _paths = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Expr, CostRange> _computed = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Expr, EntrySize> _entries = new(ReferenceEqualityComparer.Instance);
    private readonly List<Local> _locals = [];

    private CostEstimator(ISizeEstimates sizes) => _sizes = sizes;

    public static CostRange Estimate(Expr expr, ISizeEstimates sizes) => new CostEstimator(sizes).Cost(expr);

    private CostRange Cost(Expr expr) => expr switch
    {
        LiteralExpr => default,
        IdentExpr ident => Ident(ident),
        SelectExpr { Resolved: { } resolved } select => Resolved(select, resolved),
        SelectExpr select => Select(select),
        CallExpr call => Call(call),
        ListExpr list => List(list),
        MapExpr map => Map(map),
        StructExpr made => made.Fields.Aggregate(CostRange.Fixed(40), (sum, field) => sum + Cost(field.Value)),
        ComprehensionExpr { IsBind: true } bind => Bind(bind),
        ComprehensionExpr comprehension => Comprehension(comprehension),
        _ => default,
    };

    private CostRange Ident(IdentExpr ident)
    {
        _paths[ident] = Find(ident.Name) is { } local ? local.Path : [ident.Name];
        return s_one;
    }

    private CostRange Resolved(SelectExpr select, IdentExpr resolved)
    {
        _paths[select] = [resolved.Name];
        return s_one;
    }

    private CostRange Select(SelectExpr select)
    {
        var sum = Cost(select.Operand);
        if (select.TestOnly)
        {
            return sum;
        }
        if (select.Operand.Type!.Kind is CelTypeKind.Map or CelTypeKind.Struct or CelTypeKind.Parameter)
        {
            sum += s_one;
        }
        _paths[select] = [.. Path(select.Operand), select.Field];
        return sum;
    }

    private CostRange Call(CallExpr call)
    {
        if (call is { Function: "dyn", Args: [var only] })
        {
            var inner = Cost(only);
            Copy(call, only);
            return s_one + inner;
        }
        var args = new CostRange[call.Args.Count];
        for (var i = 0; i < args.Length; i++)
        {
            args[i] = Cost(call.Args[i]);
        }
        if (call.Overloads.Count == 0)
        {
            return default;
        }
        var sum = call.Target is null ? default : Cost(call.Target);
        var cost = new CostRange(ulong.MaxValue, 0);
        CostRange? size = null;
        foreach (var overload in call.Overloads)
        {
            var (one, result) = new CallCosts(this, call, args).Of(overload);
            cost = cost.Union(one);
            size = result is { } given ? size is { } before ? before.Union(given) : given : size;
            if (overload.Id is "index_list" or "index_map")
            {
                size = Entry(call.Args[0])?.Value;
                _paths[call] = [.. Path(call.Args[0]), overload.Id == "index_list" ? "@items" : "@values"];
            }
            size ??= Size(call);
        }
        if (size is { } known)
        {
            _computed[call] = known;
        }
        return sum + cost;
    }

    private CostRange List(ListExpr list)
    {
        var sum = CostRange.Fixed(10);
        var item = new CostRange(list.Elements.Count == 0 ? 0 : ulong.MaxValue, 0);
        foreach (var element in list.Elements)
        {
            sum += Cost(element);
            item = item.Union(SizeOrUnknown(element));
        }
        _entries[list] = new(IsList: true, s_one, item);
        return sum;
    }

    private CostRange Map(MapExpr map)
    {
        var sum = CostRange.Fixed(30);
        var key = new CostRange(map.Entries.Count == 0 ? 0 : ulong.MaxValue, 0);
        var value = key;
        foreach (var entry in map.Entries)
        {
            sum += Cost(entry.Key) + Cost(entry.Value);
            key = key.Union(SizeOrUnknown(entry.Key));
            value = value.Union(SizeOrUnknown(entry.Value));
        }
        _entries[map] = new(IsList: false, key, value);
        return sum;
    }

    private CostRange Bind(ComprehensionExpr bind)
    {
        var sum = Cost(bind.Range) + Cost(bind.Initial);
        Push(bind.Accumulator, bind.Initial);
        sum += Cost(bind.Result);
        Pop(1);
        Copy(bind, bind.Result);
        return sum;
    }

    private CostRange Comprehension(ComprehensionExpr comprehension)
    {
        var range = comprehension.Range;
        var sum = Cost(range) + Cost(comprehension.Initial);
        Push(comprehension.Accumulator, comprehension.Initial);
        var entry = Entry(range);
        var isList = entry?.IsList ?? range.Type!.Kind == CelTypeKind.List;
        var path = Path(range);
        if (comprehension.Variable2 is { } second)
        {
            _locals.Add(new(comprehension.Variable, [.. path, isList ? "@indices" : "@keys"], entry?.Key, null));
            _locals.Add(new(second, [.. path, isList ? "@items" : "@values"], entry?.Value, null));
        }
        else
        {
            _locals.Add(new(comprehension.Variable, [.. path, isList ? "@items" : "@keys"], isList ? entry?.Value : entry?.Key, null));
        }
        var each = Cost(comprehension.Condition) + Cost(comprehension.Step);
        Pop(comprehension.Variable2 is null ? 1 : 2);
        sum += Cost(comprehension.Result);
        Pop(1);
        var count = SizeOrUnknown(range);
        sum += count * each;
        switch (comprehension.Initial)
        {
            case LiteralExpr:
                if (Size(comprehension.Initial) is { } size)
                {
                    _computed[comprehension] = size;
                }
                break;
            case ListExpr or MapExpr:
                _computed[comprehension] = count;
                if (Entry(comprehension.Step) is { } made)
                {
                    _entries[comprehension] = made;
                }
                break;
        }
        return sum;
    }

    private void Push(string name, Expr value) => _locals.Add(new(name, Path(value), Size(value), Entry(value)));

    private void Pop(int count) => _locals.RemoveRange(_locals.Count - count, count);

    private Local? Find(string name)
    {
        for (var i = _locals.Count - 1; i >= 0; i--)
        {
            if (_locals[i].Name == name)
            {
                return _locals[i];
            }
        }
        return null;
    }

    public string[] Path(Expr expr) => expr is IdentExpr ident && Find(ident.Name) is { } local ? local.Path : _paths.GetValueOrDefault(expr) ?? [];

    public CostRange SizeOrUnknown(Expr expr) => Size(expr) ?? CostRange.Unknown;

    /// <summary>The size at a path, of what no expression stands for.</summary>
    public CostRange SizeAt(IReadOnlyList<string> path, CelType type) => _sizes.Size(path, type) ?? CostRange.Unknown;

    private CostRange? Size(Expr expr)
    {
        if (_computed.TryGetValue(expr, out var known))
        {
            return known;
        }
        switch (expr)
        {
            case LiteralExpr { Value: var value }:
                return CostRange.Fixed(value.Kind switch
                {
                    CelKind.String => (ulong)CelText.Length(value.AsString),
                    CelKind.Bytes => (ulong)value.AsBytes.Length,
                    _ => 1,
                });
            case ListExpr list:
                return CostRange.Fixed((ulong)list.Elements.Count);
            case MapExpr map:
                return CostRange.Fixed((ulong)map.Entries.Count);
        }
        var path = Path(expr);
        // Accumulators are not data.
        if (_sizes.Size(path is [Macros.Accumulator, ..] ? [] : path, expr.Type!) is { } estimated)
        {
            _computed[expr] = estimated;
            return estimated;
        }
        if (IsScalar(expr.Type!))
        {
            return s_one;
        }
        return expr is IdentExpr ident ? Find(ident.Name)?.Size : null;
    }

    public EntrySize? Entry(Expr expr) => _entries.TryGetValue(expr, out var known) ? known : expr is IdentExpr ident ? Find(ident.Name)?.Entry : null;

    public void SetEntry(Expr expr, EntrySize? size)
    {
        if (size is { } known)
        {
            _entries[expr] = known;
        }
    }

    private void Copy(Expr to, Expr from)
    {
        if (Size(from) is { } size)
        {
            _computed[to] = size;
        }
        SetEntry(to, Entry(from));
    }

    private static bool IsScalar(CelType type) =>
        type.Kind is CelTypeKind.Bool or CelTypeKind.Double or CelTypeKind.Duration or CelTypeKind.Int or CelTypeKind.Timestamp or CelTypeKind.Uint
        || (type.IsOptional && IsScalar(type.Element));

    /// <summary>The sizes of what a list or map holds.</summary>
    internal readonly record struct EntrySize(bool IsList, CostRange Key, CostRange Value)
    {
        public EntrySize? Union(EntrySize? other) => other is { } o ? new(IsList, Key.Union(o.Key), Value.Union(o.Value)) : null;
    }

    private sealed record Local(string Name, string[] Path, CostRange? Size, EntrySize? Entry);
}
