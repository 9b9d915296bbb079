using System.Globalization;

namespace Proa.Api.Selectors;

/// <summary>One condition on one label.</summary>
public sealed class LabelRequirement(string key, LabelOperator op, string[] values)
{
    private readonly string[] _values = values;

    public string Key { get; } = key;

    public LabelOperator Operator { get; } = op;

    public IReadOnlyList<string> Values => _values;

    /// <param name="value">The label's value; null when the label is absent.</param>
    public bool Matches(string? value) => Operator switch
    {
        LabelOperator.In => value is not null && Has(value),
        LabelOperator.NotIn => value is null || !Has(value),
        LabelOperator.Exists => value is not null,
        LabelOperator.DoesNotExist => value is null,
        _ => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && long.TryParse(_values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound)
            && (Operator == LabelOperator.GreaterThan ? number > bound : number < bound),
    };

    public override string ToString() => Operator switch
    {
        LabelOperator.In when _values.Length == 1 => $"{Key}={_values[0]}",
        LabelOperator.NotIn when _values.Length == 1 => $"{Key}!={_values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(',', _values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(',', _values)})",
        LabelOperator.Exists => Key,
        LabelOperator.DoesNotExist => $"!{Key}",
        LabelOperator.GreaterThan => $"{Key}>{_values[0]}",
        _ => $"{Key}<{_values[0]}",
    };

    private bool Has(string value)
    {
        foreach (var candidate in _values)
        {
            if (string.Equals(candidate, value, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>Equality is <see cref="In"/> with one value.</summary>
public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}
