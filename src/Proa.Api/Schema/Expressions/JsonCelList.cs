using Proa.Api.Cel.Values;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>A JSON array. Of sets and map-like lists the order of items does not count in comparisons, and adding merges.</summary>
internal sealed class JsonCelList(JsonArray list, DeclaredType? type) : CelList
{
    public override int Count => list.Count;

    public override CelValue this[int index] => JsonCel.Of(list[index], type?.Element);

    private ListType Kind => type?.Node?.ListType ?? ListType.Atomic;

    public override CelValue? EqualTo(CelList other)
    {
        if (Kind == ListType.Atomic)
        {
            return null;
        }
        if (Count != other.Count)
        {
            return CelValue.False;
        }
        for (var i = 0; i < Count; i++)
        {
            var found = false;
            for (var j = 0; j < other.Count && !found; j++)
            {
                found = CelEquality.Equal(this[i], other[j]).IsTrue;
            }
            if (!found)
            {
                return CelValue.False;
            }
        }
        return CelValue.True;
    }

    public override CelList? Plus(CelList other)
    {
        if (Kind == ListType.Atomic)
        {
            return null;
        }
        var merged = new List<CelValue>(Count + other.Count);
        for (var i = 0; i < Count; i++)
        {
            merged.Add(this[i]);
        }
        for (var i = 0; i < other.Count; i++)
        {
            var item = other[i];
            var at = merged.FindIndex(mine => Kind == ListType.Set ? CelEquality.Equal(mine, item).IsTrue : SameKeys(mine, item));
            if (at < 0)
            {
                merged.Add(item);
            }
            else
            {
                merged[at] = item;
            }
        }
        return new CelValueList(merged);
    }

    private bool SameKeys(in CelValue a, in CelValue b)
    {
        if (a.Kind != CelKind.Map || b.Kind != CelKind.Map)
        {
            return false;
        }
        foreach (var key in type!.Node!.ListKeys)
        {
            var name = CelValue.Of(FieldNames.Escape(key) ?? key);
            var mine = a.AsMap.TryGet(name, out var x);
            if (mine != b.AsMap.TryGet(name, out var y) || (mine && !CelEquality.Equal(x, y).IsTrue))
            {
                return false;
            }
        }
        return true;
    }
}
