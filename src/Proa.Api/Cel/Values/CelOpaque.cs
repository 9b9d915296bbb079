using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Values;

/// <summary>A value of a library, known to the language by its type alone. Immutable.</summary>
public abstract class CelOpaque
{
    public abstract CelType Type { get; }

    /// <summary>What an equality with a value of the same kind gives; values without equality are not equal to anything.</summary>
    public virtual CelValue EqualTo(CelOpaque other) => CelValue.Of(ReferenceEquals(this, other));

    /// <summary>What <c>size()</c> would give, for costs; null: it has no size.</summary>
    public virtual long? Size => null;
}
