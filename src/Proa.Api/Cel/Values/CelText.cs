using System.Globalization;
using System.Text;

namespace Proa.Api.Cel.Values;

/// <summary>Strings by code point, and values as text.</summary>
internal static class CelText
{
    /// <summary>The number of code points.</summary>
    public static int Length(string text)
    {
        var pairs = 0;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
            {
                pairs++;
            }
        }
        return text.Length - pairs;
    }

    /// <summary>Where the code point of an index begins; the text's length for the index past the last.</summary>
    public static int Offset(string text, int index)
    {
        var at = 0;
        for (var i = 0; i < index; i++)
        {
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
        }
        return at;
    }

    /// <summary>The number as Go's shortest form prints it.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }
        if (double.IsInfinity(value))
        {
            return value > 0 ? "+Inf" : "-Inf";
        }
        var magnitude = Math.Abs(value);
        if (magnitude is 0 or (>= 1e-4 and < 1e21))
        {
            return Plain(value);
        }
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (shortest.Contains('E', StringComparison.Ordinal))
        {
            var (mantissa, exponent) = (shortest[..shortest.IndexOf('E')], int.Parse(shortest[(shortest.IndexOf('E') + 1)..], CultureInfo.InvariantCulture));
            return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        return text;
    }

    /// <summary>Without an exponent.</summary>
    public static string Plain(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('E', StringComparison.Ordinal) ? ((decimal)value).ToString(CultureInfo.InvariantCulture) : text;
    }

    /// <summary>A value as messages show it.</summary>
    public static string Show(in CelValue value)
    {
        var text = new StringBuilder();
        Show(text, value, 0);
        return text.ToString();
    }

    private static void Show(StringBuilder text, in CelValue value, int depth)
    {
        if (depth > 16 || text.Length > 1024)
        {
            text.Append("...");
            return;
        }
        switch (value.Kind)
        {
            case CelKind.Null:
                text.Append("null");
                break;
            case CelKind.Bool:
                text.Append(value.AsBool ? "true" : "false");
                break;
            case CelKind.Int:
                text.Append(value.AsInt.ToString(CultureInfo.InvariantCulture));
                break;
            case CelKind.Uint:
                text.Append(value.AsUint.ToString(CultureInfo.InvariantCulture));
                break;
            case CelKind.Double:
                text.Append(Number(value.AsDouble));
                break;
            case CelKind.String:
                text.Append(value.AsString);
                break;
            case CelKind.Bytes:
                text.Append(Encoding.UTF8.GetString(value.AsBytes));
                break;
            case CelKind.Timestamp:
                text.Append(value.AsTimestamp);
                break;
            case CelKind.Duration:
                text.Append(CelDuration.ToGo(value.AsDuration));
                break;
            case CelKind.List:
                text.Append('[');
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    Show(i == 0 ? text : text.Append(", "), value.AsList[i], depth + 1);
                }
                text.Append(']');
                break;
            case CelKind.Map:
                text.Append('{');
                var first = true;
                foreach (var key in value.AsMap.Keys)
                {
                    Show(first ? text : text.Append(", "), key, depth + 1);
                    value.AsMap.TryGet(key, out var member);
                    Show(text.Append(": "), member, depth + 1);
                    first = false;
                }
                text.Append('}');
                break;
            case CelKind.Type:
                text.Append(value.AsType.RuntimeName);
                break;
            case CelKind.Optional:
                if (value.AsOptional.HasValue)
                {
                    Show(text.Append("optional("), value.AsOptional.Value, depth + 1);
                    text.Append(')');
                }
                else
                {
                    text.Append("optional.none()");
                }
                break;
            case CelKind.Opaque:
                text.Append(value.AsOpaque);
                break;
            default:
                text.Append(value.ErrorMessage);
                break;
        }
    }
}
