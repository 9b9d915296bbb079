using System.Globalization;

namespace Proa.Api.Cel.Values;

/// <summary>A moment: seconds since 1970 and nanoseconds after, UTC, between the years 1 and 9999.</summary>
public readonly record struct CelTime(long Seconds, int Nanos) : IComparable<CelTime>
{
    public const long MinSeconds = -62135596800;
    public const long MaxSeconds = 253402300799;
    public const long Second = 1_000_000_000;

    public bool InRange => Seconds is >= MinSeconds and <= MaxSeconds;

    public int CompareTo(CelTime other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanos.CompareTo(other.Nanos);

    /// <summary>Null when the sum is out of range.</summary>
    public CelTime? Add(long nanoseconds)
    {
        var nanos = Nanos + nanoseconds % Second;
        var seconds = Seconds + nanoseconds / Second;
        if (nanos < 0)
        {
            (nanos, seconds) = (nanos + Second, seconds - 1);
        }
        else if (nanos >= Second)
        {
            (nanos, seconds) = (nanos - Second, seconds + 1);
        }
        var sum = new CelTime(seconds, (int)nanos);
        return sum.InRange ? sum : null;
    }

    /// <summary>Nanoseconds from the other to this; null when they do not fit.</summary>
    public long? Since(CelTime other)
    {
        var nanos = (Int128)(Seconds - other.Seconds) * Second + (Nanos - other.Nanos);
        return nanos >= long.MinValue && nanos <= long.MaxValue ? (long)nanos : null;
    }

    public DateTime ToDateTime() => DateTime.UnixEpoch.AddTicks(Seconds * TimeSpan.TicksPerSecond + Nanos / 100);

    public static CelTime Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTime.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        }
        return new(seconds, (int)rest * 100);
    }

    /// <summary>Reads RFC 3339, with up to nine digits of a second.</summary>
    public static bool TryParse(string text, out CelTime time)
    {
        time = default;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not 'T' || text[13] != ':' || text[16] != ':'
            || !Digits(text, 0, 4, out var year) || !Digits(text, 5, 2, out var month) || !Digits(text, 8, 2, out var day)
            || !Digits(text, 11, 2, out var hour) || !Digits(text, 14, 2, out var minute) || !Digits(text, 17, 2, out var second)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }
        var at = 19;
        var nanos = 0;
        if (text[at] == '.')
        {
            var start = ++at;
            for (var scale = 100_000_000; at < text.Length && char.IsAsciiDigit(text[at]); at++, scale /= 10)
            {
                nanos += (text[at] - '0') * scale;
            }
            if (at == start)
            {
                return false;
            }
        }
        var offset = 0;
        if (at < text.Length && text[at] == 'Z')
        {
            at++;
        }
        else
        {
            if (at + 6 != text.Length || text[at] is not ('+' or '-') || text[at + 3] != ':'
                || !Digits(text, at + 1, 2, out var hours) || !Digits(text, at + 4, 2, out var minutes) || hours > 24 || minutes > 59)
            {
                return false;
            }
            offset = (hours * 60 + minutes) * 60 * (text[at] == '-' ? -1 : 1);
            at += 6;
        }
        if (at != text.Length)
        {
            return false;
        }
        var utc = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        time = new((utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond - offset, nanos);
        return true;
    }

    /// <summary>RFC 3339 with as many digits of a second as there are.</summary>
    public override string ToString()
    {
        var text = ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return Nanos == 0 ? text + "Z" : $"{text}.{Nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    private static bool Digits(string text, int at, int count, out int value)
    {
        value = 0;
        for (var i = at; i < at + count; i++)
        {
            if (i >= text.Length || !char.IsAsciiDigit(text[i]))
            {
                return false;
            }
            value = value * 10 + (text[i] - '0');
        }
        return true;
    }
}
