namespace Proa.Store;

/// <summary>A label or field with its value, or a label whatever its value, as a hash; good within one process.</summary>
public readonly record struct IndexTerm(int Hash)
{
    public static IndexTerm Of(string name, string value) => new(HashCode.Combine(name.GetHashCode(), value.GetHashCode()));

    /// <summary>The label or field is there.</summary>
    public static IndexTerm Of(string name) => new(name.GetHashCode());
}
