namespace Proa.Node.Images;

/// <summary>
/// An image's name, made whole the way users expect: <c>busybox</c> is <c>docker.io/library/busybox</c>. The grammar and the
/// error texts are those of the distribution project's references.
/// </summary>
/// <param name="Registry">Such as <c>docker.io</c> or <c>127.0.0.1:5000</c>.</param>
/// <param name="Path">Such as <c>library/busybox</c>.</param>
/// <param name="Digest">With its algorithm, such as <c>sha256:…</c>.</param>
public sealed record ImageReference(string Registry, string Path, string? Tag, string? Digest)
{
    private const string DefaultRegistry = "docker.io";
    private const string OfficialFolder = "library/";
    private const string Malformed = "invalid reference format";
    private const int MaxName = 255;

    /// <summary>Registry and path: what credentials are looked up by.</summary>
    public string Repository => $"{Registry}/{Path}";

    public override string ToString() =>
        Repository + (Tag is null ? "" : $":{Tag}") + (Digest is null ? "" : $"@{Digest}");

    /// <returns>The reference, or why the text is none; a tag is never made up.</returns>
    public static (ImageReference? Reference, string? Error) Parse(string text)
    {
        if (text.Length == 64 && text.All(char.IsAsciiHexDigitLower))
        {
            return (null, $"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings");
        }
        var (registry, rest) = Split(text);
        var colon = rest.IndexOf(':');
        var remote = colon < 0 ? rest : rest[..colon];
        if (remote.ToLowerInvariant() != remote)
        {
            return (null, $"{Malformed}: repository name ({remote}) must be lowercase");
        }
        string? digest = null;
        string? tag = null;
        var path = rest;
        if (path.IndexOf('@') is var at and >= 0)
        {
            digest = path[(at + 1)..];
            path = path[..at];
        }
        if (path.IndexOf(':') is var mark and >= 0)
        {
            tag = path[(mark + 1)..];
            path = path[..mark];
        }
        if (!IsRegistry(registry) || !IsPath(path) || tag is not null && !IsTag(tag) || digest is not null && !IsDigest(digest))
        {
            return (null, Malformed);
        }
        if (registry.Length + 1 + path.Length > MaxName)
        {
            return (null, "repository name must not be more than 255 characters");
        }
        return (new(registry, path, tag, digest), null);
    }

    private static (string Registry, string Remainder) Split(string text)
    {
        var slash = text.IndexOf('/');
        var first = slash < 0 ? "" : text[..slash];
        var isRegistry = slash >= 0
            && (first.AsSpan().IndexOfAny('.', ':') >= 0 || first == "localhost" || first.ToLowerInvariant() != first);
        var (registry, rest) = isRegistry ? (first, text[(slash + 1)..]) : (DefaultRegistry, text);
        if (registry == "index.docker.io")
        {
            registry = DefaultRegistry;
        }
        return registry == DefaultRegistry && !rest.Contains('/') ? (registry, OfficialFolder + rest) : (registry, rest);
    }

    private static bool IsRegistry(string text)
    {
        var host = text;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']');
            return end > 1 && text[1..end].All(c => char.IsAsciiHexDigit(c) || c == ':') && IsPort(text[(end + 1)..]);
        }
        if (text.IndexOf(':') is var colon and >= 0)
        {
            host = text[..colon];
            if (!IsPort(text[colon..]))
            {
                return false;
            }
        }
        return host.Split('.').All(part =>
            part.Length > 0 && part[0] != '-' && part[^1] != '-' && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
    }

    private static bool IsPort(string text) => text.Length == 0 || text.Length > 1 && text[0] == ':' && text.Skip(1).All(char.IsAsciiDigit);

    private static bool IsPath(string path) => path.Split('/').All(IsPathPart);

    /// <summary>Lower-case letters and digits, held together by one of <c>.</c>, <c>_</c>, <c>__</c> or any number of <c>-</c>.</summary>
    private static bool IsPathPart(string part)
    {
        var i = 0;
        while (true)
        {
            var start = i;
            while (i < part.Length && (char.IsAsciiLetterLower(part[i]) || char.IsAsciiDigit(part[i])))
            {
                i++;
            }
            if (i == start)
            {
                return false;
            }
            if (i == part.Length)
            {
                return true;
            }
            switch (part[i])
            {
                case '.':
                    i++;
                    break;
                case '_':
                    i += i + 1 < part.Length && part[i + 1] == '_' ? 2 : 1;
                    break;
                case '-':
                    while (i < part.Length && part[i] == '-')
                    {
                        i++;
                    }
                    break;
                default:
                    return false;
            }
        }
    }

    private static bool IsTag(string tag) =>
        tag.Length is > 0 and <= 128 && tag[0] is not ('.' or '-')
        && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static bool IsDigest(string digest)
    {
        var colon = digest.IndexOf(':');
        return colon > 0 && char.IsAsciiLetter(digest[0]) && digest[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+' or '.')
            && digest.Length - colon - 1 >= 32 && digest.Skip(colon + 1).All(char.IsAsciiHexDigit);
    }
}
