using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Lists: order, sums, parts.</summary>
internal static class ListLibrary
{
    private static readonly CelType[] s_comparable =
        [CelType.Int, CelType.Uint, CelType.Double, CelType.Bool, CelType.Duration, CelType.Timestamp, CelType.String, CelType.Bytes];

    private static readonly (CelType Type, CelValue Zero)[] s_summable =
        [(CelType.Int, CelValue.Of(0L)), (CelType.Uint, CelValue.Of(0UL)), (CelType.Double, CelValue.Of(0.0)), (CelType.Duration, CelValue.OfDuration(0))];

    public static void AddTo(FunctionList f)
    {
        foreach (var type in s_comparable)
        {
            var list = CelType.ListOf(type);
            f.Member("isSorted", $"list_{type}_is_sorted_bool", [list], CelType.Bool, static a => IsSorted(a[0].AsList));
            f.Member("max", $"list_{type}_max_{type}", [list], type, static a => Extreme(a[0].AsList, "max", 1));
            f.Member("min", $"list_{type}_min_{type}", [list], type, static a => Extreme(a[0].AsList, "min", -1));
            f.Member("sort", $"list_{type.RuntimeName}_sort", [list], list, static a => Sort(a[0].AsList, a[0].AsList));
            f.Member("@sortByAssociatedKeys", $"list_{type.RuntimeName}_sortByAssociatedKeys", [FunctionList.ListOfA, list], FunctionList.ListOfA,
                static a => Sort(a[0].AsList, a[1].AsList));
        }
        foreach (var (type, zero) in s_summable)
        {
            f.Member("sum", $"list_{type}_sum_{type}", [CelType.ListOf(type)], type, a => Sum(a[0].AsList, zero));
        }
        f.Member("indexOf", "list_a_index_of_int", [FunctionList.ListOfA, FunctionList.A], CelType.Int, static a => IndexOf(a[0].AsList, a[1], 0, 1));
        f.Member("lastIndexOf", "list_a_last_index_of_int", [FunctionList.ListOfA, FunctionList.A], CelType.Int, static a => IndexOf(a[0].AsList, a[1], a[0].AsList.Count - 1, -1));
        f.Member("slice", "list_slice", [FunctionList.ListOfA, CelType.Int, CelType.Int], FunctionList.ListOfA, static a => Slice(a[0].AsList, a[1].AsInt, a[2].AsInt));
        f.Member("flatten", "list_flatten", [CelType.ListOf(FunctionList.ListOfA)], FunctionList.ListOfA, static a => Flatten(a[0].AsList, 1));
        f.Member("flatten", "list_flatten_int", [CelType.ListOfDyn, CelType.Int], CelType.ListOfDyn, static a => Flatten(a[0].AsList, a[1].AsInt));
        f.Global("lists.range", "lists_range", [CelType.Int], CelType.ListOf(CelType.Int),
            static a => CelValue.Of(new RangeList((int)Math.Clamp(a[0].AsInt, 0, int.MaxValue))));
        f.Member("reverse", "list_reverse", [FunctionList.ListOfA], FunctionList.ListOfA, static a => Reverse(a[0].AsList));
        f.Member("distinct", "list_distinct", [FunctionList.ListOfA], FunctionList.ListOfA, static a => Distinct(a[0].AsList));
        f.Global("cel.@mapInsert", "@mapInsert_map_key_value", [FunctionList.MapOfAB, FunctionList.A, FunctionList.B], FunctionList.MapOfAB, null);
        f.Global("cel.@mapInsert", "@mapInsert_map_map", [FunctionList.MapOfAB, FunctionList.MapOfAB], FunctionList.MapOfAB, null);
    }

    private static CelValue IsSorted(CelList list)
    {
        for (var i = 1; i < list.Count; i++)
        {
            if (CelEquality.Compare(list[i - 1], list[i]) is not { } order)
            {
                return CelValue.NoSuchOverload;
            }
            if (order > 0)
            {
                return CelValue.False;
            }
        }
        return CelValue.True;
    }

    private static CelValue Extreme(CelList list, string name, int sign)
    {
        if (list.Count == 0)
        {
            return CelValue.Error($"{name} called on empty list");
        }
        var best = list[0];
        for (var i = 1; i < list.Count; i++)
        {
            if (CelEquality.Compare(list[i], best) is not { } order)
            {
                return CelValue.NoSuchOverload;
            }
            if (order * sign > 0)
            {
                best = list[i];
            }
        }
        return best;
    }

    private static CelValue Sum(CelList list, CelValue sum)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var item = list[i];
            if (item.Kind != sum.Kind)
            {
                return CelValue.NoSuchOverload;
            }
            switch (item.Kind)
            {
                case CelKind.Double:
                    sum = CelValue.Of(sum.AsDouble + item.AsDouble);
                    break;
                case CelKind.Uint:
                    if (ulong.MaxValue - sum.AsUint < item.AsUint)
                    {
                        return CelValue.Error("unsigned integer overflow");
                    }
                    sum = CelValue.Of(sum.AsUint + item.AsUint);
                    break;
                default:
                    var total = (Int128)sum.AsInt + item.AsInt;
                    if (total < long.MinValue || total > long.MaxValue)
                    {
                        return CelValue.Error(item.Kind == CelKind.Int ? "integer overflow" : "duration overflow");
                    }
                    sum = item.Kind == CelKind.Int ? CelValue.Of((long)total) : CelValue.OfDuration((long)total);
                    break;
            }
        }
        return sum;
    }

    private static CelValue IndexOf(CelList list, in CelValue item, int from, int step)
    {
        for (var i = from; i >= 0 && i < list.Count; i += step)
        {
            if (CelEquality.Equal(list[i], item).IsTrue)
            {
                return CelValue.Of((long)i);
            }
        }
        return CelValue.Of(-1L);
    }

    private static CelValue Slice(CelList list, long start, long end)
    {
        if (start < 0 || end < 0)
        {
            return CelValue.Error($"cannot slice({start}, {end}), negative indexes not supported");
        }
        if (start > end)
        {
            return CelValue.Error($"cannot slice({start}, {end}), start index must be less than or equal to end index");
        }
        if (list.Count < end)
        {
            return CelValue.Error($"cannot slice({start}, {end}), list is length {list.Count}");
        }
        var part = new List<CelValue>((int)(end - start));
        for (var i = (int)start; i < end; i++)
        {
            part.Add(list[i]);
        }
        return CelValue.Of(new CelValueList(part));
    }

    private static CelValue Flatten(CelList list, long depth)
    {
        if (depth < 0)
        {
            return CelValue.Error("level must be non-negative");
        }
        var flat = new List<CelValue>();
        Flatten(list, depth, flat);
        return CelValue.Of(new CelValueList(flat));
    }

    private static void Flatten(CelList list, long depth, List<CelValue> into)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (depth > 0 && list[i] is { Kind: CelKind.List } nested)
            {
                Flatten(nested.AsList, depth - 1, into);
            }
            else
            {
                into.Add(list[i]);
            }
        }
    }

    private static CelValue Reverse(CelList list)
    {
        var reversed = new List<CelValue>(list.Count);
        for (var i = list.Count - 1; i >= 0; i--)
        {
            reversed.Add(list[i]);
        }
        return CelValue.Of(new CelValueList(reversed));
    }

    private static CelValue Distinct(CelList list)
    {
        var unique = new List<CelValue>();
        for (var i = 0; i < list.Count; i++)
        {
            var item = list[i];
            if (!unique.Exists(other => CelEquality.Equal(item, other).IsTrue))
            {
                unique.Add(item);
            }
        }
        return CelValue.Of(new CelValueList(unique));
    }

    private static CelValue Sort(CelList list, CelList keys)
    {
        if (list.Count != keys.Count)
        {
            return CelValue.Error($"@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got {list.Count} and {keys.Count} elements respectively");
        }
        var order = new (CelValue Key, int Index)[list.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (keys[i], i);
            if (order[i].Key.Kind != order[0].Key.Kind)
            {
                return CelValue.Error("list elements must have the same type");
            }
            if (CelEquality.Compare(order[i].Key, order[i].Key) is null && order[i].Key.Kind != CelKind.Double)
            {
                return CelValue.Error("list elements must be comparable");
            }
        }
        Array.Sort(order, static (a, b) => CelEquality.Compare(a.Key, b.Key) is { } sign and not 0 ? sign : a.Index.CompareTo(b.Index));
        var sorted = new List<CelValue>(order.Length);
        foreach (var (_, index) in order)
        {
            sorted.Add(list[index]);
        }
        return CelValue.Of(new CelValueList(sorted));
    }
}
