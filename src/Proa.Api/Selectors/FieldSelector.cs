using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Proa.Api.Selectors;

/// <summary>What named fields must be equal or unequal to; all terms must hold. Immutable and thread-safe.</summary>
public sealed class FieldSelector(IReadOnlyList<FieldTerm> terms)
{
    public static readonly FieldSelector Everything = new([]);

    public IReadOnlyList<FieldTerm> Terms { get; } = terms;

    public bool IsEverything => Terms.Count == 0;

    /// <summary>Reads <c>metadata.name=a,status.phase!=Running</c>; backslash escapes <c>\ , =</c> in values.</summary>
    /// <param name="error">Otherwise what the original answers, with 400.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out FieldSelector? selector, [NotNullWhen(false)] out string? error)
    {
        var terms = new List<FieldTerm>();
        selector = null;
        error = null;
        foreach (var part in Split(text))
        {
            if (part.Length == 0)
            {
                continue;
            }
            var at = IndexOfOperator(part, out var op);
            if (at < 0)
            {
                error = $"invalid selector: '{text}'; can't understand '{part}'";
                return false;
            }
            if (!TryUnescape(part[(at + op.Length)..], out var value, out error))
            {
                return false;
            }
            terms.Add(new FieldTerm(part[..at], op != "!=", value));
        }
        selector = terms.Count == 0 ? Everything : new FieldSelector(terms);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">Not a selector.</exception>
    public static FieldSelector Parse(string text) => TryParse(text, out var selector, out var error) ? selector : throw new FormatException(error);

    /// <param name="valueOf">The value of a field, null when it has none, which counts as empty.</param>
    public bool Matches(Func<string, string?> valueOf)
    {
        foreach (var term in Terms)
        {
            if (string.Equals(valueOf(term.Field) ?? "", term.Value, StringComparison.Ordinal) != term.IsEqual)
            {
                return false;
            }
        }
        return true;
    }

    public override string ToString() => string.Join(',', Terms.Select(t => $"{t.Field}{(t.IsEqual ? "=" : "!=")}{Escape(t.Value)}"));

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);

    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    private static int IndexOfOperator(string part, out string op)
    {
        for (var i = 0; i < part.Length; i++)
        {
            foreach (var candidate in (ReadOnlySpan<string>)["!=", "==", "="])
            {
                if (string.CompareOrdinal(part, i, candidate, 0, candidate.Length) == 0)
                {
                    op = candidate;
                    return i;
                }
            }
        }
        op = "";
        return -1;
    }

    private static bool TryUnescape(string text, out string value, [NotNullWhen(false)] out string? error)
    {
        error = null;
        value = text;
        if (text.AsSpan().IndexOfAny('\\', ',', '=') < 0)
        {
            return true;
        }
        var unescaped = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\')
            {
                if (i + 1 == text.Length || text[i + 1] is not ('\\' or ',' or '='))
                {
                    error = $"invalid field selector: invalid escape sequence: {(i + 1 == text.Length ? "\\" : text.Substring(i, 2))}";
                    return false;
                }
                c = text[++i];
            }
            else if (c is ',' or '=')
            {
                error = $"invalid field selector: unescaped character in value: {c}";
                return false;
            }
            unescaped.Append(c);
        }
        value = unescaped.ToString();
        return true;
    }
}

/// <summary>One condition on one field.</summary>
public sealed record FieldTerm(string Field, bool IsEqual, string Value);
