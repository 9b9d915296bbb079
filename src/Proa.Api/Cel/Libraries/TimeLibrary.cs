using System.Globalization;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>The parts of timestamps and durations.</summary>
internal static class TimeLibrary
{
    public static void AddTo(FunctionList f)
    {
        Part(f, "getFullYear", "year", static t => t.Year);
        Part(f, "getMonth", "month", static t => t.Month - 1);
        Part(f, "getDayOfYear", "day_of_year", static t => t.DayOfYear - 1);
        Part(f, "getDate", "day_of_month_1_based", static t => t.Day);
        Part(f, "getDayOfMonth", "day_of_month", static t => t.Day - 1);
        Part(f, "getDayOfWeek", "day_of_week", static t => (int)t.DayOfWeek);
        Part(f, "getHours", "hours", static t => t.Hour);
        Part(f, "getMinutes", "minutes", static t => t.Minute);
        Part(f, "getSeconds", "seconds", static t => t.Second);
        Part(f, "getMilliseconds", "milliseconds", static t => t.Millisecond);
        f.Member("getHours", "duration_to_hours", [CelType.Duration], CelType.Int, static a => CelValue.Of(a[0].AsDuration / 3_600_000_000_000));
        f.Member("getMinutes", "duration_to_minutes", [CelType.Duration], CelType.Int, static a => CelValue.Of(a[0].AsDuration / 60_000_000_000));
        f.Member("getSeconds", "duration_to_seconds", [CelType.Duration], CelType.Int, static a => CelValue.Of(a[0].AsDuration / 1_000_000_000));
        f.Member("getMilliseconds", "duration_to_milliseconds", [CelType.Duration], CelType.Int, static a => CelValue.Of(a[0].AsDuration / 1_000_000));
    }

    private static void Part(FunctionList f, string name, string id, Func<DateTime, long> part)
    {
        f.Member(name, "timestamp_to_" + id, [CelType.Timestamp], CelType.Int, a => CelValue.Of(part(a[0].AsTimestamp.ToDateTime())));
        f.Member(name, $"timestamp_to_{id}_with_tz", [CelType.Timestamp, CelType.String], CelType.Int, a =>
            TryShift(a[0].AsTimestamp.ToDateTime(), a[1].AsString, out var local, out var error) ? CelValue.Of(part(local)) : CelValue.Error(error));
    }

    /// <param name="zone">A name such as <c>Europe/Paris</c>, or an offset such as <c>-08:00</c>.</param>
    private static bool TryShift(DateTime utc, string zone, out DateTime local, out string error)
    {
        (local, error) = (utc, "");
        if (zone is "" or "UTC")
        {
            return true;
        }
        var colon = zone.IndexOf(':');
        try
        {
            if (colon < 0)
            {
                local = utc + TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc));
                return true;
            }
            if (int.TryParse(zone.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var hours)
                && int.TryParse(zone.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes))
            {
                local = utc.AddHours(hours).AddMinutes(zone[0] == '-' ? -minutes : minutes);
                return true;
            }
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or ArgumentOutOfRangeException or System.Security.SecurityException)
        {
            // Told below.
        }
        error = $"unknown time zone {zone}";
        return false;
    }
}
