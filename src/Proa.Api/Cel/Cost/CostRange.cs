namespace Proa.Api.Cel.Cost;

/// <summary>A size or a cost that is known only between bounds. Sums and products end at the greatest number.</summary>
public readonly record struct CostRange(ulong Min, ulong Max)
{
    public static readonly CostRange Unknown = new(0, ulong.MaxValue);

    public static CostRange Fixed(ulong value) => new(value, value);

    public static CostRange operator +(CostRange a, CostRange b) => new(Add(a.Min, b.Min), Add(a.Max, b.Max));

    public static CostRange operator *(CostRange a, CostRange b) => new(Multiply(a.Min, b.Min), Multiply(a.Max, b.Max));

    /// <summary>Each bound times a factor, rounded up.</summary>
    public CostRange Scale(double factor) => new(Scale(Min, factor), Scale(Max, factor));

    public CostRange Union(CostRange other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    private static ulong Add(ulong a, ulong b) => a > ulong.MaxValue - b ? ulong.MaxValue : a + b;

    public static ulong Multiply(ulong a, ulong b) => b != 0 && a > ulong.MaxValue / b ? ulong.MaxValue : a * b;

    private static ulong Scale(ulong value, double factor)
    {
        const double TwoTo64 = 18446744073709551616.0;
        var product = Math.Ceiling(value * factor);
        return product >= TwoTo64 ? ulong.MaxValue : (ulong)product;
    }
}
