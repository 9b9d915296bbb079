using System.Text;

namespace Proa.Api.Cel.Syntax;

/// <summary>What is wrong at one place of an expression.</summary>
/// <param name="Offset">Into the text; negative: nowhere in particular.</param>
public sealed record CelIssue(int Offset, string Message)
{
    private const int MaxSnippet = 16384;

    /// <summary>
    /// The issues in the order of their places, each with its line and a mark under the place:
    /// <code>
    /// ERROR: &lt;input&gt;:1:5: undeclared reference to 'x' (in container '')
    ///  | a + x
    ///  | ....^
    /// </code>
    /// </summary>
    public static string Render(string text, IReadOnlyList<CelIssue> issues)
    {
        const int Most = 100;
        var source = new CelSource(text);
        var rendered = new List<string>();
        foreach (var issue in issues.OrderBy(static issue => issue.Offset).Take(Most))
        {
            rendered.Add(issue.Render(source));
        }
        if (issues.Count > Most)
        {
            rendered.Add($"{issues.Count - Most} more errors were truncated");
        }
        return string.Join('\n', rendered);
    }

    private string Render(CelSource source)
    {
        if (Offset < 0)
        {
            return $"ERROR: <input>:-1:0: {Message}";
        }
        var (line, column) = source.Locate(Offset);
        if (source.Text.Length == 0)
        {
            // The original counts from none then, and shows nothing.
            return $"ERROR: <input>:1:0: {Message}";
        }
        var text = new StringBuilder($"ERROR: <input>:{line}:{column + 1}: {Message}");
        var snippet = source.Line(line).Replace('\t', ' ');
        if (Encoding.UTF8.GetByteCount(snippet) > MaxSnippet)
        {
            return text.ToString();
        }
        text.Append("\n | ").Append(snippet).Append("\n | ");
        var runes = snippet.EnumerateRunes();
        var at = 0;
        var wide = false;
        foreach (var rune in runes)
        {
            wide = rune.Value > 0x7F;
            if (at++ == column)
            {
                break;
            }
            text.Append(wide ? '\uFF0E' : '.');
            wide = false;
        }
        return text.Append(wide ? '\uFF3E' : '^').ToString();
    }
}
