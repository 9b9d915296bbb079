using System.Diagnostics.CodeAnalysis;

namespace Proa.Api.Selectors;

/// <summary>What labels must be like: the conjunction of its requirements; none match all. Immutable and thread-safe.</summary>
public sealed class LabelSelector
{
    /// <summary>Matches everything.</summary>
    public static readonly LabelSelector Everything = new([]);

    /// <summary>Matches nothing: the meaning of an absent typed selector.</summary>
    public static readonly LabelSelector Nothing = new([]) { IsNothing = true };

    private readonly LabelRequirement[] _requirements;

    public LabelSelector(IEnumerable<LabelRequirement> requirements) => _requirements = [.. requirements];

    public bool IsEverything => _requirements.Length == 0 && !IsNothing;

    public bool IsNothing { get; private init; }

    public IReadOnlyList<LabelRequirement> Requirements => _requirements;

    /// <summary>Reads the query form: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
    /// <param name="error">Otherwise what the original answers, with 400.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out LabelSelector? selector, [NotNullWhen(false)] out string? error)
    {
        if (text.Length == 0)
        {
            selector = Everything;
            error = null;
            return true;
        }
        var parser = new LabelSelectorParser(text);
        selector = parser.Parse();
        error = selector is null ? parser.Error! : null;
        return selector is not null;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">Not a selector.</exception>
    public static LabelSelector Parse(string text) => TryParse(text, out var selector, out var error) ? selector : throw new FormatException(error);

    /// <summary>A selector of exact labels, as Services have; empty selects nothing.</summary>
    public static LabelSelector OfLabels(IReadOnlyDictionary<string, string> labels) =>
        labels.Count == 0 ? Nothing : new(labels.Select(l => new LabelRequirement(l.Key, LabelOperator.In, [l.Value])));

    /// <summary>From the form in objects: absent selects nothing, empty selects all.</summary>
    /// <exception cref="FormatException">An unknown operator; validated objects have none.</exception>
    public static LabelSelector Of(Models.Meta.LabelSelector? typed)
    {
        if (typed is null)
        {
            return Nothing;
        }
        var requirements = new List<LabelRequirement>();
        foreach (var (key, value) in typed.MatchLabels)
        {
            requirements.Add(new(key, LabelOperator.In, [value]));
        }
        foreach (var expression in typed.MatchExpressions)
        {
            requirements.Add(new(expression.Key, expression.Operator switch
            {
                "In" => LabelOperator.In,
                "NotIn" => LabelOperator.NotIn,
                "Exists" => LabelOperator.Exists,
                "DoesNotExist" => LabelOperator.DoesNotExist,
                _ => throw new FormatException($"\"{expression.Operator}\" is not a valid label selector operator"),
            }, [.. expression.Values]));
        }
        return requirements.Count == 0 ? Everything : new(requirements);
    }

    public bool Matches(IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        if (IsNothing)
        {
            return false;
        }
        foreach (var requirement in _requirements)
        {
            string? value = null;
            for (var i = 0; i < labels.Count; i++)
            {
                var label = labels[i];
                if (string.Equals(label.Key, requirement.Key, StringComparison.Ordinal))
                {
                    value = label.Value;
                    break;
                }
            }
            if (!requirement.Matches(value))
            {
                return false;
            }
        }
        return true;
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        if (IsNothing)
        {
            return false;
        }
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels.TryGetValue(requirement.Key, out var value) ? value : null))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The query form; parses back to an equal selector.</summary>
    public override string ToString() => string.Join(',', _requirements.Select(r => r.ToString()));
}
