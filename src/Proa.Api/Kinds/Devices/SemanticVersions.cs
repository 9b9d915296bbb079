namespace Proa.Api.Kinds.Devices;

/// <summary>The form of versions that semver.org describes: <c>1.2.3-alpha.1+build</c>.</summary>
internal static class SemanticVersions
{
    public static bool Fits(string version)
    {
        var build = version.IndexOf('+');
        if (build >= 0 && !Parts(version[(build + 1)..], static part => true))
        {
            return false;
        }
        var rest = build >= 0 ? version[..build] : version;
        var preRelease = rest.IndexOf('-');
        if (preRelease >= 0 && !Parts(rest[(preRelease + 1)..], static part => part.AsSpan().ContainsAnyExceptInRange('0', '9') || IsNumber(part)))
        {
            return false;
        }
        var numbers = (preRelease >= 0 ? rest[..preRelease] : rest).Split('.');
        return numbers.Length == 3 && numbers.All(IsNumber);
    }

    private static bool Parts(string text, Func<string, bool> fits)
    {
        foreach (var part in text.Split('.'))
        {
            if (part.Length == 0 || !part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') || !fits(part))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsNumber(string text) =>
        text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && (text.Length == 1 || text[0] != '0');
}
