namespace Proa.Api.Cel.Values;

/// <summary>A value that may be absent. Immutable.</summary>
public sealed class CelOptional
{
    public static readonly CelOptional None = new();

    private CelOptional()
    {
    }

    public CelOptional(CelValue value) => (HasValue, Value) = (true, value);

    public bool HasValue { get; }

    public CelValue Value { get; }
}
