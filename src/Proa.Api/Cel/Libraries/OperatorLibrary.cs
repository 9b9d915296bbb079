using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Arithmetic, logic, membership, size. What overflows is an error.</summary>
internal static class OperatorLibrary
{
    private const string Overflow = "integer overflow";
    private const string UnsignedOverflow = "unsigned integer overflow";
    private const string DurationOverflow = "duration overflow";
    private const string TimestampOverflow = "timestamp overflow";

    public static void AddTo(FunctionList f)
    {
        Logic(f);
        Add(f);
        Subtract(f);
        Multiply(f);
        Divide(f);
        f.Global(Operators.Negate, "negate_double", [CelType.Double], CelType.Double, static a => CelValue.Of(-a[0].AsDouble));
        f.Global(Operators.Negate, "negate_int64", [CelType.Int], CelType.Int,
            static a => a[0].AsInt == long.MinValue ? CelValue.Error(Overflow) : CelValue.Of(-a[0].AsInt));
        f.Global(Operators.Index, "index_list", [FunctionList.ListOfA, CelType.Int], FunctionList.A, null);
        f.Global(Operators.Index, "index_map", [FunctionList.MapOfAB, FunctionList.A], FunctionList.B, null);
        f.Global(Operators.In, "in_list", [FunctionList.A, FunctionList.ListOfA], CelType.Bool, static a => InList(a[0], a[1].AsList));
        f.Global(Operators.In, "in_map", [FunctionList.A, FunctionList.MapOfAB], CelType.Bool, static a => CelValue.Of(a[1].AsMap.TryGet(a[0], out _)));
        Size(f);
    }

    private static void Logic(FunctionList f)
    {
        f.Global(Operators.Conditional, "conditional", [CelType.Bool, FunctionList.A, FunctionList.A], FunctionList.A, null);
        f.Global(Operators.And, "logical_and", [CelType.Bool, CelType.Bool], CelType.Bool, null);
        f.Global(Operators.Or, "logical_or", [CelType.Bool, CelType.Bool], CelType.Bool, null);
        f.Global(Operators.Not, "logical_not", [CelType.Bool], CelType.Bool, static a => CelValue.Of(!a[0].AsBool));
        f.Global(Operators.NotStrictlyFalse, "not_strictly_false", [CelType.Bool], CelType.Bool, null);
        f.Global(Operators.Equal, "equals", [FunctionList.A, FunctionList.A], CelType.Bool, static a => CelEquality.Equal(a[0], a[1]));
        f.Global(Operators.NotEqual, "not_equals", [FunctionList.A, FunctionList.A], CelType.Bool,
            static a => CelEquality.Equal(a[0], a[1]) is { IsError: false } equal ? CelValue.Of(!equal.AsBool) : CelEquality.Equal(a[0], a[1]));
    }

    private static void Add(FunctionList f)
    {
        f.Global(Operators.Add, "add_bytes", [CelType.Bytes, CelType.Bytes], CelType.Bytes, static a => CelValue.Of([.. a[0].AsBytes, .. a[1].AsBytes]));
        f.Global(Operators.Add, "add_double", [CelType.Double, CelType.Double], CelType.Double, static a => CelValue.Of(a[0].AsDouble + a[1].AsDouble));
        f.Global(Operators.Add, "add_duration_duration", [CelType.Duration, CelType.Duration], CelType.Duration,
            static a => OfDuration((Int128)a[0].AsDuration + a[1].AsDuration));
        f.Global(Operators.Add, "add_duration_timestamp", [CelType.Duration, CelType.Timestamp], CelType.Timestamp,
            static a => OfTime(a[1].AsTimestamp.Add(a[0].AsDuration)));
        f.Global(Operators.Add, "add_timestamp_duration", [CelType.Timestamp, CelType.Duration], CelType.Timestamp,
            static a => OfTime(a[0].AsTimestamp.Add(a[1].AsDuration)));
        f.Global(Operators.Add, "add_int64", [CelType.Int, CelType.Int], CelType.Int, static a => OfInt((Int128)a[0].AsInt + a[1].AsInt));
        f.Global(Operators.Add, "add_list", [FunctionList.ListOfA, FunctionList.ListOfA], FunctionList.ListOfA, static a => CelValue.Of(Concat(a[0].AsList, a[1].AsList)));
        f.Global(Operators.Add, "add_string", [CelType.String, CelType.String], CelType.String, static a => CelValue.Of(string.Concat(a[0].AsString, a[1].AsString)));
        f.Global(Operators.Add, "add_uint64", [CelType.Uint, CelType.Uint], CelType.Uint, static a => OfUint((Int128)a[0].AsUint + a[1].AsUint));
    }

    private static void Subtract(FunctionList f)
    {
        f.Global(Operators.Subtract, "subtract_double", [CelType.Double, CelType.Double], CelType.Double, static a => CelValue.Of(a[0].AsDouble - a[1].AsDouble));
        f.Global(Operators.Subtract, "subtract_duration_duration", [CelType.Duration, CelType.Duration], CelType.Duration,
            static a => OfDuration((Int128)a[0].AsDuration - a[1].AsDuration));
        f.Global(Operators.Subtract, "subtract_int64", [CelType.Int, CelType.Int], CelType.Int, static a => OfInt((Int128)a[0].AsInt - a[1].AsInt));
        f.Global(Operators.Subtract, "subtract_timestamp_duration", [CelType.Timestamp, CelType.Duration], CelType.Timestamp,
            static a => a[1].AsDuration == long.MinValue ? CelValue.Error(TimestampOverflow) : OfTime(a[0].AsTimestamp.Add(-a[1].AsDuration)));
        f.Global(Operators.Subtract, "subtract_timestamp_timestamp", [CelType.Timestamp, CelType.Timestamp], CelType.Duration,
            static a => a[0].AsTimestamp.Since(a[1].AsTimestamp) is { } span ? CelValue.OfDuration(span) : CelValue.Error(TimestampOverflow));
        f.Global(Operators.Subtract, "subtract_uint64", [CelType.Uint, CelType.Uint], CelType.Uint, static a => OfUint((Int128)a[0].AsUint - a[1].AsUint));
    }

    private static void Multiply(FunctionList f)
    {
        f.Global(Operators.Multiply, "multiply_double", [CelType.Double, CelType.Double], CelType.Double, static a => CelValue.Of(a[0].AsDouble * a[1].AsDouble));
        f.Global(Operators.Multiply, "multiply_int64", [CelType.Int, CelType.Int], CelType.Int, static a => OfInt((Int128)a[0].AsInt * a[1].AsInt));
        f.Global(Operators.Multiply, "multiply_uint64", [CelType.Uint, CelType.Uint], CelType.Uint,
            static a => (UInt128)a[0].AsUint * a[1].AsUint is var product && product <= ulong.MaxValue ? CelValue.Of((ulong)product) : CelValue.Error(UnsignedOverflow));
    }

    private static void Divide(FunctionList f)
    {
        f.Global(Operators.Divide, "divide_double", [CelType.Double, CelType.Double], CelType.Double, static a => CelValue.Of(a[0].AsDouble / a[1].AsDouble));
        f.Global(Operators.Divide, "divide_int64", [CelType.Int, CelType.Int], CelType.Int, static a => a[1].AsInt switch
        {
            0 => CelValue.Error("division by zero"),
            -1 => OfInt(-(Int128)a[0].AsInt),
            var by => CelValue.Of(a[0].AsInt / by),
        });
        f.Global(Operators.Divide, "divide_uint64", [CelType.Uint, CelType.Uint], CelType.Uint,
            static a => a[1].AsUint == 0 ? CelValue.Error("division by zero") : CelValue.Of(a[0].AsUint / a[1].AsUint));
        f.Global(Operators.Modulo, "modulo_int64", [CelType.Int, CelType.Int], CelType.Int, static a => a[1].AsInt switch
        {
            0 => CelValue.Error("modulus by zero"),
            -1 => a[0].AsInt == long.MinValue ? CelValue.Error(Overflow) : CelValue.Of(0L),
            var by => CelValue.Of(a[0].AsInt % by),
        });
        f.Global(Operators.Modulo, "modulo_uint64", [CelType.Uint, CelType.Uint], CelType.Uint,
            static a => a[1].AsUint == 0 ? CelValue.Error("modulus by zero") : CelValue.Of(a[0].AsUint % a[1].AsUint));
    }

    private static void Size(FunctionList f)
    {
        foreach (var (id, type) in (ReadOnlySpan<(string, CelType)>)
            [("bytes", CelType.Bytes), ("list", FunctionList.ListOfA), ("map", FunctionList.MapOfAB), ("string", CelType.String)])
        {
            f.Global("size", "size_" + id, [type], CelType.Int, static a => CelValue.Of(SizeOf(a[0])));
            f.Member("size", id + "_size", [type], CelType.Int, static a => CelValue.Of(SizeOf(a[0])));
        }
    }

    /// <summary>What <c>size()</c> gives; 1 for what has no size.</summary>
    public static long SizeOf(in CelValue value) => value.Kind switch
    {
        CelKind.String => CelText.Length(value.AsString),
        CelKind.Bytes => value.AsBytes.Length,
        CelKind.List => value.AsList.Count,
        CelKind.Map => value.AsMap.Count,
        CelKind.Opaque => value.AsOpaque.Size ?? 1,
        _ => 1,
    };

    private static CelValue InList(in CelValue item, CelList list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (CelEquality.Equal(item, list[i]).IsTrue)
            {
                return CelValue.True;
            }
        }
        return CelValue.False;
    }

    private static CelList Concat(CelList a, CelList b) =>
        a.Plus(b) ?? (a.Count == 0 ? b : b.Count == 0 ? a : new ConcatList(a, b));

    private static CelValue OfInt(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? CelValue.Of((long)value) : CelValue.Error(Overflow);

    private static CelValue OfUint(Int128 value) => value >= 0 && value <= ulong.MaxValue ? CelValue.Of((ulong)value) : CelValue.Error(UnsignedOverflow);

    private static CelValue OfDuration(Int128 value) =>
        value >= long.MinValue && value <= long.MaxValue ? CelValue.OfDuration((long)value) : CelValue.Error(DurationOverflow);

    private static CelValue OfTime(CelTime? time) => time is { } known ? CelValue.Of(known) : CelValue.Error(TimestampOverflow);
}
