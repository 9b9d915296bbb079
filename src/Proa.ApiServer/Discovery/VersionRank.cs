namespace Proa.ApiServer.Discovery;

/// <summary>
/// Orders versions as Kubernetes does: <c>v10, v2, v1, v11beta2, v10beta3, v3beta1, v12alpha1, foo1</c>. Greater comes first.
/// </summary>
internal readonly record struct VersionRank(int Stability, int Major, int Minor) : IComparable<VersionRank>
{
    public static VersionRank Of(string version)
    {
        var rest = version.AsSpan();
        if (rest.IsEmpty || rest[0] != 'v' || !Number(rest[1..], out var major, out rest))
        {
            return default;
        }
        if (rest.IsEmpty)
        {
            return new(3, major, 0);
        }
        var stability = rest.StartsWith("beta") ? 2 : rest.StartsWith("alpha") ? 1 : 0;
        return stability > 0 && Number(rest[(stability == 2 ? 4 : 5)..], out var minor, out rest) && rest.IsEmpty
            ? new(stability, major, minor)
            : default;
    }

    public int CompareTo(VersionRank other) =>
        (Stability, Major, Minor).CompareTo((other.Stability, other.Major, other.Minor));

    private static bool Number(ReadOnlySpan<char> text, out int number, out ReadOnlySpan<char> rest)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        rest = end < 0 ? [] : text[end..];
        return int.TryParse(digits, System.Globalization.CultureInfo.InvariantCulture, out number);
    }
}
