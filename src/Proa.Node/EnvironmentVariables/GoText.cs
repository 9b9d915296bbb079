using System.Globalization;
using System.Text;

namespace Proa.Node.EnvironmentVariables;

/// <summary>Quotes text the way the original's downward API files do, which programs parse.</summary>
internal static class GoText
{
    public static void AppendQuoted(StringBuilder to, string value)
    {
        to.Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => to.Append("\\\""),
                '\\' => to.Append("\\\\"),
                '\a' => to.Append("\\a"),
                '\b' => to.Append("\\b"),
                '\f' => to.Append("\\f"),
                '\n' => to.Append("\\n"),
                '\r' => to.Append("\\r"),
                '\t' => to.Append("\\t"),
                '\v' => to.Append("\\v"),
                < 0x20 or 0x7f => to.Append("\\x").Append(rune.Value.ToString("x2", CultureInfo.InvariantCulture)),
                _ when IsPrintable(rune) => to.Append(rune.ToString()),
                <= 0xffff => to.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture)),
                _ => to.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture)),
            };
        }
        to.Append('"');
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
