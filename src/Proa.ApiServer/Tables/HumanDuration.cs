namespace Proa.ApiServer.Tables;

/// <summary>Durations as kubectl prints them: with two units where the first is small, one otherwise (<c>95s</c>, <c>5m30s</c>, <c>3d4h</c>).</summary>
internal static class HumanDuration
{
    public static string Of(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        if (seconds < -1)
        {
            return "<invalid>";
        }
        if (seconds < 120)
        {
            return $"{Math.Max(seconds, 0)}s";
        }
        var minutes = seconds / 60;
        if (minutes < 10)
        {
            return Two(minutes, 'm', seconds % 60, 's');
        }
        if (minutes < 180)
        {
            return $"{minutes}m";
        }
        var hours = minutes / 60;
        if (hours < 8)
        {
            return Two(hours, 'h', minutes % 60, 'm');
        }
        if (hours < 48)
        {
            return $"{hours}h";
        }
        var days = hours / 24;
        if (days < 8)
        {
            return Two(days, 'd', hours % 24, 'h');
        }
        if (days < 365 * 2)
        {
            return $"{days}d";
        }
        return days < 365 * 8 ? Two(days / 365, 'y', days % 365, 'd') : $"{days / 365}y";
    }

    private static string Two(long first, char firstUnit, long second, char secondUnit) =>
        second == 0 ? $"{first}{firstUnit}" : $"{first}{firstUnit}{second}{secondUnit}";
}
