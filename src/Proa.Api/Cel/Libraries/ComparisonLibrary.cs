using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Less and greater, numbers also across their kinds.</summary>
internal static class ComparisonLibrary
{
    private static readonly (string Id, CelType Left, CelType Right)[] s_pairs =
    [
        ("bool", CelType.Bool, CelType.Bool),
        ("int64", CelType.Int, CelType.Int),
        ("int64_double", CelType.Int, CelType.Double),
        ("int64_uint64", CelType.Int, CelType.Uint),
        ("uint64", CelType.Uint, CelType.Uint),
        ("uint64_double", CelType.Uint, CelType.Double),
        ("uint64_int64", CelType.Uint, CelType.Int),
        ("double", CelType.Double, CelType.Double),
        ("double_int64", CelType.Double, CelType.Int),
        ("double_uint64", CelType.Double, CelType.Uint),
        ("string", CelType.String, CelType.String),
        ("bytes", CelType.Bytes, CelType.Bytes),
        ("timestamp", CelType.Timestamp, CelType.Timestamp),
        ("duration", CelType.Duration, CelType.Duration),
    ];

    public static void AddTo(FunctionList f)
    {
        Add(f, Operators.Less, "less_", static order => order < 0);
        Add(f, Operators.LessEqual, "less_equals_", static order => order <= 0);
        Add(f, Operators.Greater, "greater_", static order => order > 0);
        Add(f, Operators.GreaterEqual, "greater_equals_", static order => order >= 0);
    }

    private static void Add(FunctionList f, string function, string id, Func<int, bool> holds)
    {
        CelFunction body = a => CelEquality.Compare(a[0], a[1]) is { } order ? CelValue.Of(holds(order)) : CelValue.Error("NaN values cannot be ordered");
        foreach (var (name, left, right) in s_pairs)
        {
            f.Global(function, id + name, [left, right], CelType.Bool, body);
        }
    }
}
