using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Proa.Api.Cel.Libraries;

/// <summary>
/// Patterns in RE2's grammar, matched in time linear in the text. Those seen lately are kept, up to a bound. Thread-safe.
/// </summary>
public static class RegularExpressions
{
    private const int MaxPattern = 10_000;

    // A cache of pure results: forgetting it changes nothing but time.
    private static readonly ConcurrentDictionary<string, Regex> s_known = new(StringComparer.Ordinal);

    /// <summary>True when compiling it again would cost nothing.</summary>
    public static bool IsKnown(string pattern) => s_known.ContainsKey(pattern);

    /// <param name="error">What is wrong, without the pattern.</param>
    public static Regex? Compile(string pattern, out string error)
    {
        error = "";
        if (s_known.TryGetValue(pattern, out var known))
        {
            return known;
        }
        if (pattern.Length > MaxPattern)
        {
            error = $"error parsing regexp: expression too large: `{pattern[..64]}...`";
            return null;
        }
        try
        {
            var made = new Regex(Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            if (s_known.Count >= 256)
            {
                s_known.Clear();
            }
            s_known[pattern] = made;
            return made;
        }
        catch (RegexParseException e)
        {
            error = Worded(pattern, e);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = $"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`";
        }
        return null;
    }

    /// <summary>What RE2 writes otherwise: names of groups, the end of the text, ASCII classes.</summary>
    private static string Translate(string pattern)
    {
        if (pattern.AsSpan().IndexOfAny("\\[($") < 0)
        {
            return pattern;
        }
        var text = new System.Text.StringBuilder(pattern.Length + 16);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                text.Append(Escape(pattern, ref i, inClass));
            }
            else if (inClass)
            {
                if (c == '[' && Posix(pattern, i) is { } posix)
                {
                    text.Append(posix.Members);
                    i += posix.Length - 1;
                    continue;
                }
                inClass = c != ']';
                text.Append(c == '[' ? "\\[" : c);
            }
            else if (c == '[')
            {
                inClass = true;
                text.Append(c);
                if (i + 1 < pattern.Length && pattern[i + 1] == '^')
                {
                    text.Append(pattern[++i]);
                }
                if (i + 1 < pattern.Length && pattern[i + 1] == ']')
                {
                    text.Append("\\]");
                    i++;
                }
            }
            else if (c == '(' && pattern.AsSpan(i).StartsWith("(?P<", StringComparison.Ordinal))
            {
                text.Append("(?<");
                i += 3;
            }
            else
            {
                // Without the multi-line flag it is the very end, not before a last line break.
                text.Append(c == '$' && !pattern.Contains("(?m", StringComparison.Ordinal) ? "\\z" : c);
            }
        }
        return text.ToString();
    }

    private static string Escape(string pattern, ref int i, bool inClass)
    {
        var c = pattern[++i];
        if (c == 'Q' && !inClass)
        {
            var end = pattern.IndexOf("\\E", i, StringComparison.Ordinal);
            var literal = end < 0 ? pattern[(i + 1)..] : pattern[(i + 1)..end];
            i = end < 0 ? pattern.Length : end + 1;
            return Regex.Escape(literal);
        }
        return (c, inClass) switch
        {
            ('d', true) => "0-9",
            ('d', false) => "[0-9]",
            ('D', false) => "[^0-9]",
            ('w', true) => "0-9A-Za-z_",
            ('w', false) => "[0-9A-Za-z_]",
            ('W', false) => "[^0-9A-Za-z_]",
            ('s', true) => "\\t\\n\\f\\r ",
            ('s', false) => "[\\t\\n\\f\\r ]",
            ('S', false) => "[^\\t\\n\\f\\r ]",
            ('z', false) => "\\z",
            _ => "\\" + c,
        };
    }

    private static (string Members, int Length)? Posix(string pattern, int at)
    {
        if (!pattern.AsSpan(at).StartsWith("[:", StringComparison.Ordinal) || pattern.IndexOf(":]", at, StringComparison.Ordinal) is not (> 0 and var end))
        {
            return null;
        }
        var members = pattern[(at + 2)..end] switch
        {
            "alpha" => "A-Za-z",
            "digit" => "0-9",
            "alnum" => "0-9A-Za-z",
            "upper" => "A-Z",
            "lower" => "a-z",
            "space" => "\\t\\n\\v\\f\\r ",
            "punct" => "!-/:-@\\[-`{-~",
            "xdigit" => "0-9A-Fa-f",
            "word" => "0-9A-Za-z_",
            _ => null,
        };
        return members is null ? null : (members, end + 2 - at);
    }

    private static string Worded(string pattern, RegexParseException e) => "error parsing regexp: " + e.Error switch
    {
        RegexParseError.InsufficientClosingParentheses => $"missing closing ): `{pattern}`",
        RegexParseError.InsufficientOpeningParentheses => $"unexpected ): `{pattern}`",
        RegexParseError.UnterminatedBracket => $"missing closing ]: `{pattern[Math.Max(0, pattern.LastIndexOf('['))..]}`",
        RegexParseError.QuantifierAfterNothing => $"missing argument to repetition operator: `{(e.Offset > 0 && e.Offset <= pattern.Length ? pattern[e.Offset - 1] : '*')}`",
        RegexParseError.NestedQuantifiersNotParenthesized => "invalid nested repetition operator",
        RegexParseError.UnescapedEndingBackslash => "trailing backslash at end of expression: ``",
        RegexParseError.ReversedCharacterRange => $"invalid character class range: `{pattern}`",
        RegexParseError.UnrecognizedEscape => $"invalid escape sequence: `{(e.Offset >= 2 && e.Offset <= pattern.Length ? pattern[(e.Offset - 2)..e.Offset] : pattern)}`",
        _ => $"invalid or unsupported Perl syntax: `{pattern}`",
    };
}
