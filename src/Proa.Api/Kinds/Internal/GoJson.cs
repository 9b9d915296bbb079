using System.Globalization;
using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Kinds.Internal;

/// <summary>Prints JSON as Go does, to the byte: angle brackets escaped, and one space a level where it is indented.</summary>
internal static class GoJson
{
    public static string Compact(JsonValue value)
    {
        var text = new StringBuilder();
        Write(value, text, -1);
        return text.ToString();
    }

    public static string Indented(JsonValue value)
    {
        var text = new StringBuilder();
        Write(value, text, 0);
        return text.ToString();
    }

    /// <param name="level">Negative: all on one line.</param>
    private static void Write(JsonValue value, StringBuilder text, int level)
    {
        switch (value)
        {
            case JsonObject { Count: 0 }:
                text.Append("{}");
                break;
            case JsonObject o:
                var first = true;
                text.Append('{');
                foreach (var (name, member) in o)
                {
                    Separate(text, ref first, level);
                    Quote(name, text);
                    text.Append(level < 0 ? ":" : ": ");
                    Write(member, text, level < 0 ? level : level + 1);
                }
                End(text, level).Append('}');
                break;
            case JsonArray { Count: 0 }:
                text.Append("[]");
                break;
            case JsonArray a:
                first = true;
                text.Append('[');
                foreach (var item in a)
                {
                    Separate(text, ref first, level);
                    Write(item, text, level < 0 ? level : level + 1);
                }
                End(text, level).Append(']');
                break;
            case JsonString s:
                Quote(s.Value, text);
                break;
            default:
                text.Append(value);
                break;
        }
    }

    private static void Separate(StringBuilder text, ref bool first, int level)
    {
        if (!first)
        {
            text.Append(',');
        }
        first = false;
        if (level >= 0)
        {
            text.Append('\n').Append(' ', level + 1);
        }
    }

    private static StringBuilder End(StringBuilder text, int level) => level < 0 ? text : text.Append('\n').Append(' ', level);

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
        text.Append('"');
    }
}
