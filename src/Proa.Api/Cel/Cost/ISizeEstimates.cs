using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Cost;

/// <summary>What is known beforehand of the sizes of data.</summary>
public interface ISizeEstimates
{
    /// <param name="path">
    /// From a variable: field names, and <c>@items</c>, <c>@keys</c>, <c>@values</c>, <c>@indices</c>. Empty: the expression
    /// computes it.
    /// </param>
    /// <returns>Null: nothing is known.</returns>
    CostRange? Size(IReadOnlyList<string> path, CelType type);
}

/// <summary>Nothing is known.</summary>
public sealed class NoSizeEstimates : ISizeEstimates
{
    public static readonly NoSizeEstimates Instance = new();

    private NoSizeEstimates()
    {
    }

    public CostRange? Size(IReadOnlyList<string> path, CelType type) => null;
}
