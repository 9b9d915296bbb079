using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Meta;

namespace Proa.Api.Cel.Libraries;

/// <summary>Amounts with units, such as <c>100m</c> and <c>4Gi</c>.</summary>
internal static class QuantityLibrary
{
    public static void AddTo(FunctionList f)
    {
        var type = QuantityValue.CelType;
        f.Global("quantity", "string_to_quantity", [CelType.String], type,
            static a => Quantity.TryParse(a[0].AsString, out var quantity) ? Of(quantity) : CelValue.Error(Quantity.ErrorOf(a[0].AsString)));
        f.Global("isQuantity", "is_quantity_string", [CelType.String], CelType.Bool, static a => CelValue.Of(Quantity.TryParse(a[0].AsString, out _)));
        f.Global("sign", "quantity_sign", [type], CelType.Int, static a => CelValue.Of((long)Get(a[0]).Sign));
        f.Member("isGreaterThan", "quantity_is_greater_than", [type, type], CelType.Bool, static a => CelValue.Of(Get(a[0]) > Get(a[1])));
        f.Member("isLessThan", "quantity_is_less_than", [type, type], CelType.Bool, static a => CelValue.Of(Get(a[0]) < Get(a[1])));
        f.Member("compareTo", "quantity_compare_to", [type, type], CelType.Int, static a => CelValue.Of((long)Math.Sign(Get(a[0]).CompareTo(Get(a[1])))));
        f.Member("asApproximateFloat", "quantity_get_float", [type], CelType.Double, static a => CelValue.Of(Float(Get(a[0]))));
        f.Member("asInteger", "quantity_get_int", [type], CelType.Int, static a => IsWhole(Get(a[0])) ? CelValue.Of(Get(a[0]).Value) : CelValue.Error("cannot convert value to integer"));
        f.Member("isInteger", "quantity_is_integer", [type], CelType.Bool, static a => CelValue.Of(IsWhole(Get(a[0]))));
        f.Member("add", "quantity_add", [type, type], type, static a => Of(Get(a[0]) + Get(a[1])));
        f.Member("add", "quantity_add_int", [type, CelType.Int], type, static a => Of(Get(a[0]) + Quantity.FromLong(a[1].AsInt)));
        f.Member("sub", "quantity_sub", [type, type], type, static a => Of(Get(a[0]) - Get(a[1])));
        f.Member("sub", "quantity_sub_int", [type, CelType.Int], type, static a => Of(Get(a[0]) - Quantity.FromLong(a[1].AsInt)));
    }

    private static CelValue Of(Quantity quantity) => CelValue.Of(new QuantityValue(quantity));

    private static Quantity Get(in CelValue value) => ((QuantityValue)value.AsOpaque).Quantity;

    private static bool IsWhole(Quantity quantity) => quantity == Quantity.FromLong(quantity.Value);

    private static double Float(Quantity quantity) =>
        IsWhole(quantity) ? quantity.Value : (quantity - Quantity.FromLong(quantity.Value - 1)) is var rest ? quantity.Value - 1 + rest.MilliValue / 1000.0 : 0;
}

/// <summary>A quantity as a value of the language.</summary>
public sealed class QuantityValue(Quantity quantity) : CelOpaque
{
    public static readonly CelType CelType = CelType.OpaqueNamed("kubernetes.Quantity");

    public Quantity Quantity => quantity;

    public override CelType Type => CelType;

    public override CelValue EqualTo(CelOpaque other) => CelValue.Of(other is QuantityValue q && q.Quantity == quantity);

    public override string ToString() => quantity.ToString();
}
