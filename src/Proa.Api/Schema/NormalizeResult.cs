namespace Proa.Api.Schema;

/// <summary>What <see cref="SchemaEngine.Normalize"/> found.</summary>
public sealed class NormalizeResult
{
    internal static readonly NormalizeResult Clean = new(null, []);

    internal NormalizeResult(string? error, IReadOnlyList<string> unknownFields)
    {
        Error = error;
        UnknownFields = unknownFields;
    }

    /// <summary>
    /// Null, or why the body cannot be the kind, as the original words it; the caller puts
    /// <c>Pod in version "v1" cannot be handled as a Pod: </c> before it. The object is then half changed: drop it.
    /// </summary>
    public string? Error { get; }

    /// <summary>Each as <c>unknown field "spec.foo"</c>, in the order met.</summary>
    public IReadOnlyList<string> UnknownFields { get; }
}
