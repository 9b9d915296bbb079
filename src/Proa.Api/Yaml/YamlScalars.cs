using System.Globalization;
using System.Numerics;
using Proa.Api.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Proa.Api.Yaml;

/// <summary>What a YAML 1.1 scalar means.</summary>
internal static class YamlScalars
{
    public static JsonValue Resolve(Scalar scalar)
    {
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific)
        {
            switch (scalar.Tag.Value)
            {
                case "tag:yaml.org,2002:str":
                    return new JsonString(scalar.Value);
                case "tag:yaml.org,2002:binary":
                    return new JsonString(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Value)));
                default:
                    return Plain(scalar.Value);
            }
        }
        return scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value) : new JsonString(scalar.Value);
    }

    /// <summary>True when the text, unquoted, would not be read as that string.</summary>
    public static bool NeedsQuotes(string text) => Plain(text) is not JsonString || IsTimestampLike(text);

    public static JsonValue Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return JsonNull.Instance;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return JsonBool.True;
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return JsonBool.False;
        }
        var first = text[0];
        if (!char.IsAsciiDigit(first) && first is not ('+' or '-' or '.'))
        {
            return new JsonString(text);
        }
        return Integer(text.Replace("_", "", StringComparison.Ordinal)) ?? Float(text.Replace("_", "", StringComparison.Ordinal)) ?? (JsonValue)new JsonString(text);
    }

    private static JsonNumber? Integer(string text)
    {
        var negative = text.StartsWith('-');
        var digits = text.AsSpan(text.Length > 0 && text[0] is '+' or '-' ? 1 : 0);
        if (digits.Length == 0)
        {
            return null;
        }
        var radix = 10;
        if (digits[0] == '0' && digits.Length > 1)
        {
            (radix, var skip) = digits[1] switch { 'x' or 'X' => (16, 2), 'b' or 'B' => (2, 2), 'o' or 'O' => (8, 2), _ => (8, 1) };
            digits = digits[skip..];
            if (digits.Length == 0)
            {
                return null;
            }
        }
        BigInteger value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
            if (digit >= radix)
            {
                return null;
            }
            value = (value * radix) + digit;
        }
        value = negative ? -value : value;
        return value >= long.MinValue && value <= ulong.MaxValue ? new JsonNumber(value.ToString(CultureInfo.InvariantCulture)) : null;
    }

    // [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
    private static JsonNumber? Float(string text)
    {
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var digits = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
            digits++;
        }
        if (at < text.Length && text[at] == '.')
        {
            at++;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
                digits++;
            }
        }
        if (digits == 0)
        {
            return null;
        }
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            if (at < text.Length && text[at] is '+' or '-')
            {
                at++;
            }
            var exponent = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
            if (at == exponent)
            {
                return null;
            }
        }
        if (at != text.Length || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            return null;
        }
        return new JsonNumber(value % 1 == 0 && Math.Abs(value) < 1e15
            ? ((long)value).ToString(CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture));
    }

    // 2001-01-02 is printed in quotes although it is read as a string: other YAML libraries see a date.
    private static bool IsTimestampLike(string text) =>
        text.Length >= 8 && char.IsAsciiDigit(text[0]) && text.Length > 4 && text[4] == '-' && text.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0;
}
