namespace Proa.Api.Kinds.Pods;

/// <summary>The form of <c>DOMAIN\user</c>, where a domain is a NetBIOS or DNS name and may be left out.</summary>
internal static class WindowsUserNames
{
    /// <summary>Whatever is wrong with a name; nothing when it is sound.</summary>
    public static IEnumerable<string> Wrong(string name)
    {
        if (name.Length == 0)
        {
            yield return "runAsUserName cannot be an empty string";
            yield break;
        }
        if (name.Any(char.IsControl))
        {
            yield return "runAsUserName cannot contain control characters";
            yield break;
        }
        var parts = name.Split('\\');
        if (parts.Length > 2)
        {
            yield return "runAsUserName cannot contain more than one backslash";
            yield break;
        }
        if (parts.Length == 2)
        {
            if (parts[0].Length >= 256)
            {
                yield return "runAsUserName's Domain length must be under 256 characters";
            }
            if (!IsNetBios(parts[0]) && !IsDns(parts[0]))
            {
                yield return "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
            }
        }
        var user = parts[^1];
        if (user.Length == 0)
        {
            yield return "runAsUserName's User cannot be empty";
        }
        else if (user.Length > 104)
        {
            yield return "runAsUserName's User length must not be longer than 104 characters";
        }
        if (user.Length > 0 && !user.AsSpan().ContainsAnyExcept('.', ' '))
        {
            yield return "runAsUserName's User cannot contain only periods or spaces";
        }
        if (user.AsSpan().ContainsAny("\"/\\:;|=,+*?<>@[]"))
        {
            yield return "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]";
        }
    }

    private static bool IsNetBios(string domain) =>
        domain.Length is > 0 and <= 15 && domain[0] != '.' && !domain.AsSpan().ContainsAny("\\/:*?\"<>|");

    private static bool IsDns(string domain) => domain.Split('.').All(static label =>
        label.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(label[0]) && char.IsAsciiLetterOrDigit(label[^1])
        && label.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'));
}
