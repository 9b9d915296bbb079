using System.Text.RegularExpressions;
using Proa.Api.Json;

namespace Proa.Api.Schema;

/// <summary>What a custom resource's schema says of a value beyond its shape. Immutable; the expression is made at its first use.</summary>
public sealed class StructuralRules
{
    private Regex? _regex;

    /// <summary>The stated JSON type; empty when only <c>x-kubernetes-int-or-string</c> or nothing is stated.</summary>
    public string Type { get; internal init; } = "";

    public string Format { get; internal init; } = "";

    public bool PreserveUnknown { get; internal init; }

    public bool EmbeddedResource { get; internal init; }

    public bool Nullable { get; internal init; }

    public double? Minimum { get; internal init; }

    public double? Maximum { get; internal init; }

    public bool ExclusiveMinimum { get; internal init; }

    public bool ExclusiveMaximum { get; internal init; }

    public double? MultipleOf { get; internal init; }

    public long? MinLength { get; internal init; }

    public long? MaxLength { get; internal init; }

    public long? MinItems { get; internal init; }

    public long? MaxItems { get; internal init; }

    public long? MinProperties { get; internal init; }

    public long? MaxProperties { get; internal init; }

    public string? Pattern { get; internal init; }

    public JsonArray? Enum { get; internal init; }

    public IReadOnlyList<string> Required { get; internal init; } = [];

    public IReadOnlyList<SchemaNode> AllOf { get; internal init; } = [];

    public IReadOnlyList<SchemaNode> AnyOf { get; internal init; } = [];

    public IReadOnlyList<SchemaNode> OneOf { get; internal init; } = [];

    public SchemaNode? Not { get; internal init; }

    /// <summary>The <c>x-kubernetes-validations</c>, as written.</summary>
    public JsonArray? Validations { get; internal init; }

    /// <summary>Patterns are Go's; the few that .NET cannot read hold nothing back.</summary>
    internal bool Matches(string text)
    {
        if (Pattern is null)
        {
            return true;
        }
        try
        {
            _regex ??= new Regex(Pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return true;
        }
        return _regex.IsMatch(text);
    }
}
