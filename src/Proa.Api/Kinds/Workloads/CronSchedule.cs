using System.Globalization;

namespace Proa.Api.Kinds.Workloads;

/// <summary>
/// The five fields of a cron schedule, or <c>@hourly</c> and its like. Immutable. Times of day are the caller's zone's.
/// </summary>
public sealed class CronSchedule
{
    private static readonly string[] s_months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] s_days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _daysOfMonth;
    private readonly ulong _months;
    private readonly ulong _daysOfWeek;
    private readonly bool _anyDayOfMonth;
    private readonly bool _anyDayOfWeek;
    private readonly TimeSpan? _every;

    private CronSchedule(TimeSpan every) => _every = every;

    private CronSchedule(string[] fields)
    {
        _minutes = Field(fields[0], 0, 59, null);
        _hours = Field(fields[1], 0, 23, null);
        _daysOfMonth = Field(fields[2], 1, 31, null);
        _months = Field(fields[3], 1, 12, s_months);
        _daysOfWeek = Field(fields[4], 0, 6, s_days);
        _anyDayOfMonth = fields[2][0] is '*' or '?';
        _anyDayOfWeek = fields[4][0] is '*' or '?';
    }

    /// <exception cref="FormatException">Not a schedule; the message is the original's.</exception>
    public static CronSchedule Parse(string text)
    {
        switch (text)
        {
            case "@yearly" or "@annually":
                text = "0 0 1 1 *";
                break;
            case "@monthly":
                text = "0 0 1 * *";
                break;
            case "@weekly":
                text = "0 0 * * 0";
                break;
            case "@daily" or "@midnight":
                text = "0 0 * * *";
                break;
            case "@hourly":
                text = "0 * * * *";
                break;
        }
        if (text.StartsWith("@every ", StringComparison.Ordinal))
        {
            return new CronSchedule(Duration(text["@every ".Length..]));
        }
        if (text.StartsWith('@'))
        {
            throw new FormatException($"unrecognized descriptor: {text}");
        }
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
        {
            throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]");
        }
        return new CronSchedule(fields);
    }

    public static string? ErrorOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>The first time after <paramref name="time"/>, by its own clock and offset; null when none comes within five years.</summary>
    public DateTimeOffset? Next(DateTimeOffset time)
    {
        if (_every is { } every)
        {
            var at = time + every;
            return new DateTimeOffset(at.Ticks - (at.Ticks % TimeSpan.TicksPerSecond), at.Offset);
        }
        var next = new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, time.Minute, 0, time.Offset).AddMinutes(1);
        var limit = time.Year + 5;
        while (next.Year <= limit)
        {
            if (!Has(_months, next.Month))
            {
                next = new DateTimeOffset(next.Year, next.Month, 1, 0, 0, 0, next.Offset).AddMonths(1);
            }
            else if (!HasDay(next))
            {
                next = new DateTimeOffset(next.Year, next.Month, next.Day, 0, 0, 0, next.Offset).AddDays(1);
            }
            else if (!Has(_hours, next.Hour))
            {
                next = new DateTimeOffset(next.Year, next.Month, next.Day, next.Hour, 0, 0, next.Offset).AddHours(1);
            }
            else if (!Has(_minutes, next.Minute))
            {
                next = next.AddMinutes(1);
            }
            else
            {
                return next;
            }
        }
        return null;
    }

    // When both kinds of days are restricted, either will do.
    private bool HasDay(DateTimeOffset time)
    {
        var (month, week) = (Has(_daysOfMonth, time.Day), Has(_daysOfWeek, (int)time.DayOfWeek));
        return _anyDayOfMonth || _anyDayOfWeek ? month && week : month || week;
    }

    private static bool Has(ulong set, int value) => (set >> value & 1) == 1;

    // 1,5-10/2,*/15
    private static ulong Field(string field, int low, int high, string[]? names)
    {
        ulong set = 0;
        foreach (var part in field.Split(','))
        {
            var slash = part.Split('/');
            if (slash.Length > 2)
            {
                throw new FormatException($"too many slashes: {part}");
            }
            var (from, to) = (low, high);
            if (slash[0] is not ("*" or "?"))
            {
                var range = slash[0].Split('-');
                if (range.Length > 2)
                {
                    throw new FormatException($"too many hyphens: {part}");
                }
                from = Number(range[0], names, low);
                to = range.Length == 2 ? Number(range[1], names, low) : slash.Length == 2 ? high : from;
            }
            var step = slash.Length == 2 ? Number(slash[1], null, low) : 1;
            if (from < low)
            {
                throw new FormatException($"beginning of range ({from}) below minimum ({low}): {part}");
            }
            if (to > high)
            {
                throw new FormatException($"end of range ({to}) above maximum ({high}): {part}");
            }
            if (from > to)
            {
                throw new FormatException($"beginning of range ({from}) beyond end of range ({to}): {part}");
            }
            if (step == 0)
            {
                throw new FormatException($"step of range should be a positive number: {part}");
            }
            for (var value = from; value <= to; value += step)
            {
                set |= 1UL << value;
            }
        }
        return set;
    }

    private static int Number(string text, string[]? names, int low)
    {
        if (names is not null && Array.IndexOf(names, text.ToLowerInvariant()) is var at and >= 0)
        {
            return at + low;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax");
    }

    // 1h30m10s
    private static TimeSpan Duration(string text)
    {
        var total = TimeSpan.Zero;
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
            if (at == start || at == text.Length || !long.TryParse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture, out var number))
            {
                throw Bad();
            }
            total += text[at++] switch
            {
                'h' => TimeSpan.FromHours(number),
                'm' => TimeSpan.FromMinutes(number),
                's' => TimeSpan.FromSeconds(number),
                _ => throw Bad(),
            };
        }
        return total >= TimeSpan.FromSeconds(1) ? total : throw Bad();

        FormatException Bad() => new($"failed to parse duration @every {text}: time: invalid duration \"{text}\"");
    }
}
