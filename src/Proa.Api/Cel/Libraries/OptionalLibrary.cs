using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Values that may be absent.</summary>
internal static class OptionalLibrary
{
    public static void AddTo(FunctionList f)
    {
        var optional = CelType.OptionalOf(FunctionList.A);
        var none = CelValue.Of(CelOptional.None);
        f.Global("optional.of", "optional_of", [FunctionList.A], optional, static a => CelValue.Of(new CelOptional(a[0])));
        f.Global("optional.ofNonZeroValue", "optional_ofNonZeroValue", [FunctionList.A], optional, a => IsZero(a[0]) ? none : CelValue.Of(new CelOptional(a[0])));
        f.Global("optional.none", "optional_none", [], optional, _ => none);
        f.Member("value", "optional_value", [optional], FunctionList.A,
            static a => a[0].AsOptional.HasValue ? a[0].AsOptional.Value : CelValue.Error("optional.none() dereference"));
        f.Member("hasValue", "optional_hasValue", [optional], CelType.Bool, static a => CelValue.Of(a[0].AsOptional.HasValue));
        f.Member("or", "optional_or_optional", [optional, optional], optional, null);
        f.Member("orValue", "optional_orValue_value", [optional, FunctionList.A], FunctionList.A, null);
        f.Global(Operators.OptionalSelect, "select_optional_field", [CelType.Dyn, CelType.String], optional, null);
        f.Global(Operators.OptionalIndex, "list_optindex_optional_int", [FunctionList.ListOfA, CelType.Int], optional, null);
        f.Global(Operators.OptionalIndex, "optional_list_optindex_optional_int", [CelType.OptionalOf(FunctionList.ListOfA), CelType.Int], optional, null);
        f.Global(Operators.OptionalIndex, "map_optindex_optional_value", [CelType.MapOf(FunctionList.B, FunctionList.A), FunctionList.B], optional, null);
        f.Global(Operators.OptionalIndex, "optional_map_optindex_optional_value", [CelType.OptionalOf(CelType.MapOf(FunctionList.B, FunctionList.A)), FunctionList.B], optional, null);
        f.Global(Operators.Index, "optional_list_index_int", [CelType.OptionalOf(FunctionList.ListOfA), CelType.Int], optional, null);
        f.Global(Operators.Index, "optional_map_index_value", [CelType.OptionalOf(CelType.MapOf(FunctionList.B, FunctionList.A)), FunctionList.B], optional, null);
        f.Member("last", "list_last", [FunctionList.ListOfA], optional, a => a[0].AsList is { Count: > 0 } list ? CelValue.Of(new CelOptional(list[list.Count - 1])) : none);
        f.Member("first", "list_first", [FunctionList.ListOfA], optional, a => a[0].AsList is { Count: > 0 } list ? CelValue.Of(new CelOptional(list[0])) : none);
        f.Global("optional.unwrap", "optional_unwrap", [CelType.ListOf(optional)], FunctionList.ListOfA, static a => Unwrap(a[0].AsList));
        f.Member("unwrapOpt", "optional_unwrapOpt", [CelType.ListOf(optional)], FunctionList.ListOfA, static a => Unwrap(a[0].AsList));
    }

    private static CelValue Unwrap(CelList list)
    {
        var present = new List<CelValue>();
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Kind != CelKind.Optional)
            {
                return CelValue.Error($"value {list[i]} is not optional");
            }
            if (list[i].AsOptional.HasValue)
            {
                present.Add(list[i].AsOptional.Value);
            }
        }
        return CelValue.Of(new CelValueList(present));
    }

    private static bool IsZero(in CelValue value) => value.Kind switch
    {
        CelKind.Null => true,
        CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Duration => value.AsInt == 0,
        CelKind.Double => value.AsDouble == 0,
        CelKind.String => value.AsString.Length == 0,
        CelKind.Bytes => value.AsBytes.Length == 0,
        CelKind.List => value.AsList.Count == 0,
        CelKind.Map => value.AsMap.Count == 0,
        CelKind.Timestamp => value.AsTimestamp.Seconds == CelTime.MinSeconds && value.AsTimestamp.Nanos == 0,
        CelKind.Optional => !value.AsOptional.HasValue,
        _ => false,
    };
}
