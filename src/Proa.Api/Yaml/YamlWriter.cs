using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Yaml;

/// <summary>Prints block YAML.</summary>
internal static class YamlWriter
{
    public static string Write(JsonValue value)
    {
        var text = new StringBuilder();
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                Map(text, map, 0, firstInline: false);
                break;
            case JsonArray { Count: > 0 } list:
                List(text, list, 0);
                break;
            default:
                Scalar(text, value, 0);
                text.Append('\n');
                break;
        }
        return text.ToString();
    }

    private static void Map(StringBuilder text, JsonObject map, int indent, bool firstInline)
    {
        foreach (var (key, value) in map.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (!firstInline)
            {
                text.Append(' ', indent);
            }
            firstInline = false;
            Text(text, key, indent, isKey: true);
            text.Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    Map(text, inner, indent + 2, firstInline: false);
                    break;
                case JsonArray { Count: > 0 } list:
                    text.Append('\n');
                    List(text, list, indent);
                    break;
                default:
                    text.Append(' ');
                    Scalar(text, value, indent);
                    text.Append('\n');
                    break;
            }
        }
    }

    private static void List(StringBuilder text, JsonArray list, int indent)
    {
        foreach (var item in list)
        {
            text.Append(' ', indent).Append("- ");
            switch (item)
            {
                case JsonObject { Count: > 0 } map:
                    Map(text, map, indent + 2, firstInline: true);
                    break;
                case JsonArray { Count: > 0 } inner:
                    var nested = new StringBuilder();
                    List(nested, inner, indent + 2);
                    text.Append(nested.ToString().AsSpan(indent + 2));
                    break;
                default:
                    Scalar(text, item, indent);
                    text.Append('\n');
                    break;
            }
        }
    }

    private static void Scalar(StringBuilder text, JsonValue value, int indent)
    {
        if (value is JsonString s)
        {
            Text(text, s.Value, indent, isKey: false);
        }
        else
        {
            text.Append(value.ToString());
        }
    }

    private static void Text(StringBuilder text, string value, int indent, bool isKey)
    {
        if (!isKey && value.Contains('\n') && CanBeBlock(value))
        {
            Block(text, value, indent);
        }
        else if (IsPlain(value))
        {
            text.Append(value);
        }
        else if (YamlScalars.NeedsQuotes(value) || value.Any(c => c is < ' ' or '\x7f' or '\u2028' or '\u2029' or '\ufeff'))
        {
            text.Append(new JsonString(value));
        }
        else
        {
            text.Append('\'').Append(value.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }
    }

    private static bool CanBeBlock(string value) =>
        !value.Any(c => c is (< ' ' and not '\n' and not '\t') or '\x7f' or '\u2028' or '\u2029' or '\ufeff') && value[0] is not (' ' or '\n' or '\t')
        && !value.Contains(" \n", StringComparison.Ordinal) && value[^1] != ' ';

    // |- has no newline at its end, | has one, |+ keeps all
    private static void Block(StringBuilder text, string value, int indent)
    {
        text.Append(!value.EndsWith('\n') ? "|-" : value.EndsWith("\n\n", StringComparison.Ordinal) ? "|+" : "|");
        var lines = value.Split('\n');
        var count = value.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        for (var i = 0; i < count; i++)
        {
            text.Append('\n');
            if (lines[i].Length > 0)
            {
                text.Append(' ', indent + 2).Append(lines[i]);
            }
        }
    }

    private static bool IsPlain(string value)
    {
        if (value.Length == 0 || YamlScalars.NeedsQuotes(value) || value[0] is ' ' || value[^1] is ' ' or ':' || "-?:,[]{}#&*!|>'\"%@`=<".Contains(value[0]))
        {
            // "-x", "?x" and ":x" are plain when no space follows
            if (value.Length < 2 || value[0] is not ('-' or '?' or ':') || value[1] is ' ' or '-' || value[^1] is ' ' or ':' || YamlScalars.NeedsQuotes(value))
            {
                return false;
            }
        }
        // An asterisk or ampersand after a space is plain by the grammar, but in a key our parser takes it for an alias or anchor.
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c is < ' ' or '\x7f' or '\u2028' or '\u2029' or '\ufeff'
                || (c == ':' && i + 1 < value.Length && value[i + 1] == ' ')
                || (c is '#' or '*' or '&' && i > 0 && value[i - 1] == ' '))
            {
                return false;
            }
        }
        return true;
    }
}
