using System.Globalization;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Semantic versions.</summary>
internal static class SemverLibrary
{
    public static void AddTo(FunctionList f)
    {
        var type = SemverValue.CelType;
        f.Global("semver", "string_to_semver", [CelType.String], type, static a => Make(a[0].AsString, false));
        f.Global("semver", "string_bool_to_semver", [CelType.String, CelType.Bool], type, static a => Make(a[0].AsString, a[1].AsBool));
        f.Global("isSemver", "is_semver_string", [CelType.String], CelType.Bool, static a => CelValue.Of(!Make(a[0].AsString, false).IsError));
        f.Global("isSemver", "is_semver_string_bool", [CelType.String, CelType.Bool], CelType.Bool, static a => CelValue.Of(!Make(a[0].AsString, a[1].AsBool).IsError));
        f.Member("isGreaterThan", "semver_is_greater_than", [type, type], CelType.Bool, static a => CelValue.Of(Compare(a) > 0));
        f.Member("isLessThan", "semver_is_less_than", [type, type], CelType.Bool, static a => CelValue.Of(Compare(a) < 0));
        f.Member("compareTo", "semver_compare_to", [type, type], CelType.Int, static a => CelValue.Of((long)Compare(a)));
        f.Member("major", "semver_major", [type], CelType.Int, static a => CelValue.Of((long)((SemverValue)a[0].AsOpaque).Major));
        f.Member("minor", "semver_minor", [type], CelType.Int, static a => CelValue.Of((long)((SemverValue)a[0].AsOpaque).Minor));
        f.Member("patch", "semver_patch", [type], CelType.Int, static a => CelValue.Of((long)((SemverValue)a[0].AsOpaque).Patch));
    }

    private static int Compare(ReadOnlySpan<CelValue> args) => ((SemverValue)args[0].AsOpaque).CompareTo((SemverValue)args[1].AsOpaque);

    /// <param name="normalize">Also takes a leading <c>v</c>, leading zeros, and versions cut short.</param>
    private static CelValue Make(string text, bool normalize)
    {
        string? error = null;
        if (normalize)
        {
            text = Normalize(text, out error);
        }
        return error is null && SemverValue.TryParse(text, out var version, out error) ? CelValue.Of(version!) : CelValue.Error(error!);
    }

    private static string Normalize(string text, out string? error)
    {
        error = null;
        if (text.StartsWith('v'))
        {
            text = text[1..];
        }
        var parts = text.Split('.', 3).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Length > 1)
            {
                var trimmed = parts[i].TrimStart('0');
                parts[i] = trimmed.Length == 0 || !char.IsAsciiDigit(trimmed[0]) ? "0" + trimmed : trimmed;
            }
        }
        if (parts.Count < 3 && parts[^1].AsSpan().IndexOfAny('+', '-') >= 0)
        {
            error = "short version cannot contain PreRelease/Build meta data";
        }
        while (parts.Count < 3)
        {
            parts.Add("0");
        }
        return string.Join('.', parts);
    }
}

/// <summary>A semantic version as a value of the language. Build metadata does not count in comparisons.</summary>
public sealed class SemverValue : CelOpaque, IComparable<SemverValue>
{
    public static readonly CelType CelType = CelType.OpaqueNamed("kubernetes.Semver");

    private readonly string _text;
    private readonly string[] _pre;

    private SemverValue(string text, ulong major, ulong minor, ulong patch, string[] pre) => (_text, Major, Minor, Patch, _pre) = (text, major, minor, patch, pre);

    public ulong Major { get; }

    public ulong Minor { get; }

    public ulong Patch { get; }

    public override CelType Type => CelType;

    public override CelValue EqualTo(CelOpaque other) => CelValue.Of(other is SemverValue version && CompareTo(version) == 0);

    public int CompareTo(SemverValue? other)
    {
        if (other is null)
        {
            return 1;
        }
        var order = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        if (order != 0 || (_pre.Length == 0 && other._pre.Length == 0))
        {
            return Math.Sign(order);
        }
        if (_pre.Length == 0 || other._pre.Length == 0)
        {
            return _pre.Length == 0 ? 1 : -1;
        }
        for (var i = 0; i < Math.Min(_pre.Length, other._pre.Length); i++)
        {
            var mine = ulong.TryParse(_pre[i], NumberStyles.None, CultureInfo.InvariantCulture, out var a);
            var theirs = ulong.TryParse(other._pre[i], NumberStyles.None, CultureInfo.InvariantCulture, out var b);
            order = mine != theirs ? (mine ? -1 : 1) : mine ? a.CompareTo(b) : string.CompareOrdinal(_pre[i], other._pre[i]);
            if (order != 0)
            {
                return Math.Sign(order);
            }
        }
        return Math.Sign(_pre.Length.CompareTo(other._pre.Length));
    }

    public override string ToString() => _text;

    internal static bool TryParse(string text, out SemverValue? version, out string? error)
    {
        version = null;
        if (text.Length == 0)
        {
            error = "Version string empty";
            return false;
        }
        var parts = text.Split('.', 3);
        if (parts.Length != 3)
        {
            error = "No Major.Minor.Patch elements found";
            return false;
        }
        var patch = parts[2];
        var build = patch.IndexOf('+');
        var builds = build >= 0 ? patch[(build + 1)..].Split('.') : [];
        patch = build >= 0 ? patch[..build] : patch;
        var dash = patch.IndexOf('-');
        var pre = dash >= 0 ? patch[(dash + 1)..].Split('.') : [];
        patch = dash >= 0 ? patch[..dash] : patch;
        if (!Number(parts[0], "Major", out var major, out error) || !Number(parts[1], "Minor", out var minor, out error) || !Number(patch, "Patch", out var third, out error))
        {
            return false;
        }
        foreach (var part in pre)
        {
            if (part.Length == 0)
            {
                error = "Prerelease is empty";
                return false;
            }
            if (!Allowed(part))
            {
                error = $"Invalid character(s) found in prerelease \"{part}\"";
                return false;
            }
            if (part.Length > 1 && part[0] == '0' && part.All(char.IsAsciiDigit))
            {
                error = $"Numeric PreRelease version must not contain leading zeroes \"{part}\"";
                return false;
            }
        }
        foreach (var part in builds)
        {
            if (part.Length == 0 || !Allowed(part))
            {
                error = part.Length == 0 ? "Build meta data is empty" : $"Invalid character(s) found in build meta data \"{part}\"";
                return false;
            }
        }
        version = new(text, major, minor, third, pre);
        return true;
    }

    private static bool Number(string text, string name, out ulong number, out string? error)
    {
        number = 0;
        error = text.Length == 0 || !text.All(char.IsAsciiDigit) ? $"Invalid character(s) found in {name.ToLowerInvariant()} number \"{text}\""
            : text.Length > 1 && text[0] == '0' ? $"{name} number must not contain leading zeroes \"{text}\""
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? null
            : $"strconv.ParseUint: parsing \"{text}\": value out of range";
        return error is null;
    }

    private static bool Allowed(string part) => part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
