using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Values;

/// <summary>Equality and order. Numbers compare by value across their kinds; values of other kinds are merely not equal.</summary>
internal static class CelEquality
{
    /// <summary>A boolean, or the error that stood in the way.</summary>
    public static CelValue Equal(in CelValue a, in CelValue b)
    {
        if (a.IsError)
        {
            return a;
        }
        if (b.IsError)
        {
            return b;
        }
        if (a.Kind != b.Kind)
        {
            return CelValue.Of(IsNumber(a) && IsNumber(b) && Compare(a, b) == 0);
        }
        return a.Kind switch
        {
            CelKind.Null => CelValue.True,
            CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Duration => CelValue.Of(a.AsInt == b.AsInt),
            CelKind.Double => CelValue.Of(a.AsDouble == b.AsDouble),
            CelKind.String => CelValue.Of(string.Equals(a.AsString, b.AsString, StringComparison.Ordinal)),
            CelKind.Bytes => CelValue.Of(a.AsBytes.AsSpan().SequenceEqual(b.AsBytes)),
            CelKind.Timestamp => CelValue.Of(a.AsTimestamp == b.AsTimestamp),
            CelKind.List => a.AsList.EqualTo(b.AsList) ?? Lists(a.AsList, b.AsList),
            CelKind.Map => a.AsMap.EqualTo(b.AsMap) ?? Maps(a.AsMap, b.AsMap),
            CelKind.Type => CelValue.Of(a.AsType.RuntimeName == b.AsType.RuntimeName),
            CelKind.Optional => Optionals(a.AsOptional, b.AsOptional),
            CelKind.Opaque => a.AsOpaque.EqualTo(b.AsOpaque),
            _ => CelValue.False,
        };
    }

    /// <summary>Below, at or above zero; null when the two have no order (different kinds, or not a number).</summary>
    public static int? Compare(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
            case (CelKind.Bool, CelKind.Bool):
            case (CelKind.Duration, CelKind.Duration):
                return a.AsInt.CompareTo(b.AsInt);
            case (CelKind.Uint, CelKind.Uint):
                return a.AsUint.CompareTo(b.AsUint);
            case (CelKind.Int, CelKind.Uint):
                return a.AsInt < 0 ? -1 : ((ulong)a.AsInt).CompareTo(b.AsUint);
            case (CelKind.Uint, CelKind.Int):
                return b.AsInt < 0 ? 1 : a.AsUint.CompareTo((ulong)b.AsInt);
            case (CelKind.Double, CelKind.Double):
                return Doubles(a.AsDouble, b.AsDouble);
            case (CelKind.Int, CelKind.Double):
                return Whole(a.AsInt, b.AsDouble);
            case (CelKind.Double, CelKind.Int):
                return -Whole(b.AsInt, a.AsDouble);
            case (CelKind.Uint, CelKind.Double):
                return Whole(a.AsUint, b.AsDouble);
            case (CelKind.Double, CelKind.Uint):
                return -Whole(b.AsUint, a.AsDouble);
            case (CelKind.String, CelKind.String):
                return Strings(a.AsString, b.AsString);
            case (CelKind.Bytes, CelKind.Bytes):
                return a.AsBytes.AsSpan().SequenceCompareTo(b.AsBytes);
            case (CelKind.Timestamp, CelKind.Timestamp):
                return a.AsTimestamp.CompareTo(b.AsTimestamp);
            default:
                return null;
        }
    }

    /// <summary>The order of code points, which is that of UTF-8.</summary>
    public static int Strings(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] != b[i])
            {
                var (x, y) = (a[i], b[i]);
                return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? (y >= 0xE000 || !char.IsSurrogate(y) ? 1 : -1) : -1;
            }
        }
        return a.Length.CompareTo(b.Length);
    }

    private static bool IsNumber(in CelValue value) => value.Kind is CelKind.Int or CelKind.Uint or CelKind.Double;

    private static int? Doubles(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b);

    private static int? Whole(Int128 a, double b)
    {
        if (double.IsNaN(b))
        {
            return null;
        }
        if (b >= 1.8446744073709552e19)
        {
            return -1;
        }
        if (b <= -1.8446744073709552e19)
        {
            return 1;
        }
        var floor = Math.Floor(b);
        var order = a.CompareTo((Int128)floor);
        return order != 0 ? order : b > floor ? -1 : 0;
    }

    private static CelValue Lists(CelList a, CelList b)
    {
        if (a.Count != b.Count)
        {
            return CelValue.False;
        }
        var error = default(CelValue);
        for (var i = 0; i < a.Count; i++)
        {
            var equal = Equal(a[i], b[i]);
            if (equal.IsFalse)
            {
                return equal;
            }
            if (equal.IsError)
            {
                error = equal;
            }
        }
        return error.IsError ? error : CelValue.True;
    }

    private static CelValue Maps(CelMap a, CelMap b)
    {
        if (a.Count != b.Count)
        {
            return CelValue.False;
        }
        foreach (var key in a.Keys)
        {
            if (!b.TryGet(key, out var other) || !a.TryGet(key, out var mine))
            {
                return CelValue.False;
            }
            var equal = Equal(mine, other);
            if (!equal.IsTrue)
            {
                return equal;
            }
        }
        return CelValue.True;
    }

    private static CelValue Optionals(CelOptional a, CelOptional b) =>
        a.HasValue != b.HasValue ? CelValue.False : a.HasValue ? Equal(a.Value, b.Value) : CelValue.True;
}
