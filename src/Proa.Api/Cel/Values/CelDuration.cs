using System.Globalization;
using System.Text;

namespace Proa.Api.Cel.Values;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>-1.5s</c>, <c>300ms</c>. In nanoseconds.</summary>
public static class CelDuration
{
    public static bool TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var at = 0;
        var negative = false;
        if (text.Length > 0 && text[0] is '+' or '-')
        {
            negative = text[0] == '-';
            at = 1;
        }
        if (at == text.Length - 1 && text[at] == '0')
        {
            return true;
        }
        if (at >= text.Length)
        {
            return false;
        }
        UInt128 total = 0;
        while (at < text.Length)
        {
            if (!Term(text, ref at, out var term))
            {
                return false;
            }
            total += term;
            if (total > (UInt128)1 << 63)
            {
                return false;
            }
        }
        if (!negative && total > long.MaxValue)
        {
            return false;
        }
        nanoseconds = negative ? (long)-(Int128)total : (long)total;
        return true;
    }

    /// <summary>As the language turns a duration into a string: seconds, such as <c>5400s</c>.</summary>
    public static string ToSeconds(long nanoseconds)
    {
        var seconds = nanoseconds / 1e9;
        return seconds.ToString(Math.Abs(seconds) is >= 1e21 or < 1e-4 and > 0 ? "R" : "0.#########", CultureInfo.InvariantCulture) + "s";
    }

    /// <summary>As Go prints a duration: <c>1h30m0s</c>.</summary>
    public static string ToGo(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }
        var left = (UInt128)(nanoseconds < 0 ? -(Int128)nanoseconds : nanoseconds);
        var text = new StringBuilder(nanoseconds < 0 ? "-" : "");
        if (left < 1_000_000_000)
        {
            var (unit, factor) = left < 1000 ? ("ns", 1u) : left < 1_000_000 ? ("µs", 1000u) : ("ms", 1_000_000u);
            return text.Append(((decimal)left / factor).ToString("0.######", CultureInfo.InvariantCulture)).Append(unit).ToString();
        }
        var seconds = (ulong)(left / 1_000_000_000);
        var nanos = (uint)(left % 1_000_000_000);
        if (seconds >= 3600)
        {
            text.Append(seconds / 3600).Append('h');
        }
        if (seconds >= 60)
        {
            text.Append(seconds / 60 % 60).Append('m');
        }
        text.Append(seconds % 60);
        if (nanos > 0)
        {
            text.Append('.').Append(nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0'));
        }
        return text.Append('s').ToString();
    }

    private static bool Term(string text, ref int at, out UInt128 nanoseconds)
    {
        nanoseconds = 0;
        UInt128 whole = 0;
        var start = at;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            whole = whole * 10 + (uint)(text[at] - '0');
            if (whole > (UInt128)1 << 63)
            {
                return false;
            }
        }
        var digits = at - start;
        UInt128 fraction = 0;
        UInt128 scale = 1;
        if (at < text.Length && text[at] == '.')
        {
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++)
            {
                digits++;
                if (scale < 1_000_000_000_000_000_000)
                {
                    fraction = fraction * 10 + (uint)(text[at] - '0');
                    scale *= 10;
                }
            }
        }
        var unit = at;
        while (at < text.Length && text[at] != '.' && !char.IsAsciiDigit(text[at]))
        {
            at++;
        }
        UInt128 factor = text[unit..at] switch
        {
            "ns" => 1,
            "us" or "µs" or "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        if (digits == 0 || factor == 0)
        {
            return false;
        }
        nanoseconds = whole * factor + fraction * factor / scale;
        return true;
    }
}
