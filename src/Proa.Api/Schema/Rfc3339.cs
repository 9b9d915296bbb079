using System.Globalization;

namespace Proa.Api.Schema;

/// <summary>Times as the API writes them: UTC, whole seconds or exactly six digits of fraction.</summary>
public static class Rfc3339
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Micros = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>Any RFC 3339 time.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        // DateTimeOffset takes much that RFC 3339 does not: hold the shape first. 2026-01-02T03:04:05.678+01:00
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !(text[^1] == 'Z' || (text[^6] is '+' or '-' && text[^3] == ':')) || !(text[19] is '.' or 'Z' or '+' or '-'))
        {
            return false;
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    public static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString(Seconds, CultureInfo.InvariantCulture);

    public static string FormatMicro(DateTimeOffset time) => time.ToUniversalTime().ToString(Micros, CultureInfo.InvariantCulture);

    /// <summary>The canonical text; the very same string when it is canonical already.</summary>
    internal static bool TryCanonical(string text, bool micro, out string canonical)
    {
        canonical = text;
        if (!TryParse(text, out var time))
        {
            return false;
        }
        if (text.Length != (micro ? 27 : 20) || text[^1] != 'Z')
        {
            canonical = micro ? FormatMicro(time) : Format(time);
        }
        return true;
    }

    /// <summary>What Go's parser says, for the frequent mistakes; it names the first part of the layout that does not fit.</summary>
    internal static string ErrorOf(string text, bool micro)
    {
        var layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
        (int Length, string Part, string Then)[] parts = [(4, "2006", "-"), (2, "01", "-"), (2, "02", "T"), (2, "15", ":"), (2, "04", ":"), (2, "05", "")];
        var rest = text;
        foreach (var (length, part, then) in parts)
        {
            if (rest.Length < length || !rest.AsSpan(0, length).ContainsOnlyDigits())
            {
                return Says(rest, part);
            }
            rest = rest[length..];
            if (then.Length > 0)
            {
                if (!rest.StartsWith(then, StringComparison.Ordinal))
                {
                    return Says(rest, then);
                }
                rest = rest[1..];
            }
        }
        return Says(rest, micro ? ".000000" : "Z07:00");

        string Says(string value, string part) => $"parsing time \"{text}\" as \"{layout}\": cannot parse \"{value}\" as \"{part}\"";
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
