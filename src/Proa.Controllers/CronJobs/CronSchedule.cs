using System.Globalization;

namespace Proa.Controllers.CronJobs;

/// <summary>
/// A schedule in cron's five fields (minute, hour, day of month, month, day of week), with names, lists, ranges and steps, or
/// a word such as <c>@hourly</c>. Immutable.
/// </summary>
internal sealed class CronSchedule
{
    private static readonly string[] s_months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] s_days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private readonly ulong _minutes, _hours, _days, _months, _weekdays;
    private readonly bool _anyDay, _anyWeekday;

    private CronSchedule(ulong minutes, ulong hours, ulong days, ulong months, ulong weekdays, bool anyDay, bool anyWeekday) =>
        (_minutes, _hours, _days, _months, _weekdays, _anyDay, _anyWeekday) = (minutes, hours, days, months, weekdays, anyDay, anyWeekday);

    public static bool TryParse(string text, out CronSchedule? schedule)
    {
        schedule = null;
        var fields = Expand(text.Trim()).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5
            || Field(fields[0], 0, 59, [], 0) is not { } minutes
            || Field(fields[1], 0, 23, [], 0) is not { } hours
            || Field(fields[2], 1, 31, [], 0) is not { } days
            || Field(fields[3], 1, 12, s_months, 1) is not { } months
            || Field(fields[4], 0, 7, s_days, 0) is not { } weekdays)
        {
            return false;
        }
        // Seven is Sunday too.
        weekdays |= weekdays >> 7 & 1;
        schedule = new(minutes, hours, days, months, weekdays, fields[2][0] is '*' or '?', fields[4][0] is '*' or '?');
        return true;
    }

    /// <summary>The first time after, in the zone; null when there is none within five years (such as 30 February).</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var at = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0).AddMinutes(1);
        var limit = at.AddYears(5);
        while (at < limit)
        {
            if (!Has(_months, at.Month))
            {
                at = new DateTime(at.Year, at.Month, 1).AddMonths(1);
            }
            else if (!IsDay(at))
            {
                at = at.Date.AddDays(1);
            }
            else if (!Has(_hours, at.Hour))
            {
                at = at.Date.AddHours(at.Hour + 1);
            }
            else if (!Has(_minutes, at.Minute) || zone.IsInvalidTime(at))
            {
                at = at.AddMinutes(1);
            }
            else
            {
                var found = new DateTimeOffset(at, zone.GetUtcOffset(at)).ToUniversalTime();
                if (found > after)
                {
                    return found;
                }
                at = at.AddMinutes(1);
            }
        }
        return null;
    }

    private bool IsDay(DateTime at)
    {
        var day = Has(_days, at.Day);
        var weekday = Has(_weekdays, (int)at.DayOfWeek);
        // Cron's old rule: with both given, either will do.
        return _anyDay || _anyWeekday ? day && weekday : day || weekday;
    }

    private static string Expand(string text) => text switch
    {
        "@yearly" or "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" or "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => text,
    };

    private static bool Has(ulong set, int value) => (set >> value & 1) != 0;

    // 1,2-5,*/10,3-20/2,jan
    private static ulong? Field(string text, int min, int max, string[] names, int firstName)
    {
        ulong set = 0;
        foreach (var part in text.Split(','))
        {
            var slash = part.IndexOf('/');
            var range = slash < 0 ? part : part[..slash];
            var step = 1;
            if (slash >= 0 && (!int.TryParse(part.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1))
            {
                return null;
            }
            int first, last;
            if (range is "*" or "?")
            {
                (first, last) = (min, max);
            }
            else
            {
                var dash = range.IndexOf('-');
                if (Value(dash < 0 ? range : range[..dash], names, firstName) is not { } from)
                {
                    return null;
                }
                first = from;
                last = dash < 0 ? slash < 0 ? from : max : Value(range[(dash + 1)..], names, firstName) ?? -1;
            }
            if (first < min || last > max || last < first)
            {
                return null;
            }
            for (var value = first; value <= last; value += step)
            {
                set |= 1ul << value;
            }
        }
        return set;
    }

    private static int? Value(string text, string[] names, int firstName)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }
        var at = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return at < 0 ? null : at + firstName;
    }
}
