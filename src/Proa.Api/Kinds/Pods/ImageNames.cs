namespace Proa.Api.Kinds.Pods;

/// <summary>What an image's name says of its version: <c>[host[:port]/]path[:tag][@digest]</c>.</summary>
public static class ImageNames
{
    /// <summary>The pull policy when none is stated: <c>Always</c> for <c>:latest</c>, stated or by default; a digest never changes, and what is no name is not pulled.</summary>
    public static string DefaultPullPolicy(string image)
    {
        var at = image.IndexOf('@');
        var digest = at < 0 ? [] : image.AsSpan(at + 1);
        var named = at < 0 ? image : image[..at];
        var slash = named.LastIndexOf('/');
        var colon = named.IndexOf(':', slash + 1);
        var tag = colon < 0 ? "" : named[(colon + 1)..];
        var name = colon < 0 ? named : named[..colon];
        if (!IsName(name) || (colon >= 0 && !IsTag(tag)) || (at >= 0 && !IsDigest(digest)))
        {
            return "IfNotPresent";
        }
        return tag == "latest" || (colon < 0 && at < 0) ? "Always" : "IfNotPresent";
    }

    private static bool IsName(string name)
    {
        var slash = name.IndexOf('/');
        var first = slash < 0 ? name : name[..slash];
        // The first part is a host when it could not be a path, or is the one host without a dot.
        var hasHost = slash >= 0 && (first.AsSpan().ContainsAny('.', ':') || first == "localhost" || first.Any(char.IsAsciiLetterUpper));
        var path = hasHost ? name[(slash + 1)..] : name;
        // A name that is 64 hexadecimal digits is an image's number; the registry and "library/" in front count for the length.
        var whole = hasHost ? name.Length : name.Length + "docker.io/".Length + (slash < 0 ? "library/".Length : 0);
        return whole <= 255 && !IsHex64(name) && (!hasHost || IsHost(first)) && path.Split('/').All(IsPathPart);
    }

    private static bool IsHex64(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Lower-case letters and digits, parted by a dot, one or two underscores, or dashes.</summary>
    private static bool IsPathPart(string part)
    {
        if (part.Length == 0 || !IsLowerOrDigit(part[0]) || !IsLowerOrDigit(part[^1]))
        {
            return false;
        }
        for (var i = 0; i < part.Length; i++)
        {
            if (IsLowerOrDigit(part[i]))
            {
                continue;
            }
            var start = i;
            while (part[i + 1] == part[start])
            {
                i++;
            }
            var length = i - start + 1;
            if (part[start] is not ('.' or '_' or '-') || (part[start] == '.' && length > 1) || (part[start] == '_' && length > 2) || !IsLowerOrDigit(part[i + 1]))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsHost(string host)
    {
        if (host.StartsWith('['))
        {
            var end = host.IndexOf(']');
            return end > 1 && host.AsSpan(1, end - 1).IndexOfAnyExcept("0123456789abcdefABCDEF:") < 0 && IsPort(host.AsSpan(end + 1));
        }
        var colon = host.IndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        return IsPort(colon < 0 ? [] : host.AsSpan(colon)) && name.Split('.').All(static label => label.Length > 0
            && char.IsAsciiLetterOrDigit(label[0]) && char.IsAsciiLetterOrDigit(label[^1]) && label.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'));
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length == 0 || (text.Length > 1 && text[0] == ':' && !text[1..].ContainsAnyExceptInRange('0', '9'));

    private static bool IsTag(string tag) => tag.Length is > 0 and <= 128 && tag[0] is not ('.' or '-')
        && tag.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary><c>sha256:</c> and 64 hexadecimal digits; of the other known kinds, more.</summary>
    private static bool IsDigest(ReadOnlySpan<char> digest)
    {
        var colon = digest.IndexOf(':');
        var length = colon < 0 ? 0 : digest[..colon] switch { "sha256" => 64, "sha384" => 96, "sha512" => 128, _ => 0 };
        return length > 0 && digest.Length - colon - 1 == length && digest[(colon + 1)..].IndexOfAnyExcept("0123456789abcdef") < 0;
    }

    private static bool IsLowerOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
