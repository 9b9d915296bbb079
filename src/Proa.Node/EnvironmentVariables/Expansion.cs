using System.Text;

namespace Proa.Node.EnvironmentVariables;

/// <summary>
/// Replaces <c>$(NAME)</c> in values, commands and arguments. <c>$$</c> stands for one dollar, so that <c>$$(NAME)</c> is
/// the text <c>$(NAME)</c>; a name without a value stays as it is written.
/// </summary>
public static class Expansion
{
    public static string Expand(string text, Func<string, string?> valueOf)
    {
        if (!text.Contains('$'))
        {
            return text;
        }
        var result = new StringBuilder(text.Length);
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                continue;
            }
            result.Append(text, from, i - from);
            var next = text[i + 1];
            if (next == '$')
            {
                result.Append('$');
                i++;
            }
            else if (next == '(')
            {
                var end = text.IndexOf(')', i + 2);
                if (end < 0)
                {
                    result.Append("$(");
                    i++;
                }
                else
                {
                    var name = text[(i + 2)..end];
                    result.Append(valueOf(name) ?? $"$({name})");
                    i = end;
                }
            }
            else
            {
                result.Append('$').Append(next);
                i++;
            }
            from = i + 1;
        }
        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>A container's command or arguments with its environment put in.</summary>
    public static IReadOnlyList<string> ExpandAll(IReadOnlyList<string> texts, IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        if (!texts.Any(text => text.Contains('$')))
        {
            return texts;
        }
        var values = ToMap(environment);
        return [.. texts.Select(text => Expand(text, values.GetValueOrDefault))];
    }

    /// <summary>Like <see cref="Expand"/>, but a name without a value is an error: then the text is null and the name is told.</summary>
    public static (string? Text, string? Missing) ExpandStrictly(string text, IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var values = ToMap(environment);
        string? missing = null;
        var result = Expand(text, name =>
        {
            if (values.TryGetValue(name, out var value))
            {
                return value;
            }
            missing ??= name;
            return null;
        });
        return missing is null ? (result, null) : (null, missing);
    }

    private static Dictionary<string, string> ToMap(IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var values = new Dictionary<string, string>(environment.Count, StringComparer.Ordinal);
        foreach (var (name, value) in environment)
        {
            values[name] = value;
        }
        return values;
    }
}
