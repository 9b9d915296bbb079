using System.Globalization;

namespace Proa.Cluster;

internal static class PortRange
{
    /// <summary><c>30000-32767</c>; the first must not be above the last, both 1 to 65535.</summary>
    public static bool TryParse(string text, out int first, out int last)
    {
        last = 0;
        var dash = text.IndexOf('-');
        return int.TryParse(text.AsSpan(0, Math.Max(0, dash)), NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && int.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last)
            && first is > 0 && first <= last && last <= 65535;
    }
}
