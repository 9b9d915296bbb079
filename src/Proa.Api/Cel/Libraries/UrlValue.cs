using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>A URL as a value of the language: parts as they were written, nothing normalised.</summary>
public sealed class UrlValue : CelOpaque
{
    public static readonly CelType CelType = CelType.OpaqueNamed("kubernetes.URL");

    private readonly string _text;
    private readonly string _query;

    private UrlValue(string text, string scheme, string host, string path, string query) =>
        (_text, Scheme, Host, Path, _query) = (text, scheme, host, path, query);

    public string Scheme { get; }

    /// <summary>With the port.</summary>
    public string Host { get; }

    /// <summary>Escaped.</summary>
    public string Path { get; }

    public string Hostname => Host.StartsWith('[') && Host.IndexOf(']') is > 0 and var end ? Host[1..end]
        : Host.LastIndexOf(':') is >= 0 and var colon ? Host[..colon] : Host;

    public string Port => Host.LastIndexOf(':') is >= 0 and var colon && colon > Host.LastIndexOf(']') ? Host[(colon + 1)..] : "";

    public override CelType Type => CelType;

    public override CelValue EqualTo(CelOpaque other) => CelValue.Of(other is UrlValue url && url._text == _text);

    public override string ToString() => _text;

    internal CelMap Query()
    {
        var values = new Dictionary<string, CelValueList>(StringComparer.Ordinal);
        var map = new CelValueMap();
        foreach (var pair in _query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=');
            var key = Decode(at < 0 ? pair : pair[..at]);
            var value = at < 0 ? "" : Decode(pair[(at + 1)..]);
            if (key is null || value is null || pair.Contains(';', StringComparison.Ordinal))
            {
                continue;
            }
            if (!values.TryGetValue(key, out var list))
            {
                values[key] = list = new CelValueList();
                map.TryAdd(CelValue.Of(key), CelValue.Of(list));
            }
            list.Add(CelValue.Of(value));
        }
        return map;
    }

    /// <summary>Reads what may stand in a request line: <c>scheme://host/path?query</c> or <c>/path</c>.</summary>
    internal static bool TryParse(string text, out UrlValue? url, out string error)
    {
        url = null;
        error = "";
        var shown = $"parse \"{text}\": ";
        foreach (var c in text)
        {
            if (c < 0x20 || c == 0x7F)
            {
                error = shown + "net/url: invalid control character in URL";
                return false;
            }
        }
        if (text.Length == 0)
        {
            error = "parse \"\": empty url";
            return false;
        }
        if (text == "*")
        {
            url = new(text, "", "", "*", "");
            return true;
        }
        if (!SplitScheme(text, out var scheme, out var rest))
        {
            error = shown + (rest.Length > 0 && rest[0] == ':' ? "missing protocol scheme" : "first path segment in URL cannot contain colon");
            return false;
        }
        var hash = rest.IndexOf('#');
        rest = hash >= 0 ? rest[..hash] : rest;
        var mark = rest.IndexOf('?');
        var query = mark >= 0 ? rest[(mark + 1)..] : "";
        rest = mark >= 0 ? rest[..mark] : rest;
        if (!rest.StartsWith('/'))
        {
            if (scheme.Length == 0)
            {
                error = shown + "invalid URI for request";
                return false;
            }
            // Such as mailto:someone: opaque, without host and path.
            url = new(text, scheme, "", "", query);
            return true;
        }
        var host = "";
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)) && scheme.Length > 0)
        {
            var end = rest.IndexOf('/', 2);
            host = end < 0 ? rest[2..] : rest[2..end];
            rest = end < 0 ? "" : rest[end..];
            var at = host.LastIndexOf('@');
            host = at >= 0 ? host[(at + 1)..] : host;
            if (HostError(host) is { } wrong)
            {
                error = shown + wrong;
                return false;
            }
        }
        if (EscapeError(rest) is { } escape)
        {
            error = shown + $"invalid URL escape \"{escape}\"";
            return false;
        }
        url = new(text, scheme, host, Escaped(rest), query);
        return true;
    }

    private static bool SplitScheme(string text, out string scheme, out string rest)
    {
        (scheme, rest) = ("", text);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == ':')
            {
                if (i == 0)
                {
                    return false;
                }
                (scheme, rest) = (text[..i].ToLowerInvariant(), text[(i + 1)..]);
                return true;
            }
            if (!(char.IsAsciiLetter(c) || (i > 0 && (char.IsAsciiDigit(c) || c is '+' or '-' or '.'))))
            {
                return true;
            }
        }
        return true;
    }

    private static string? HostError(string host)
    {
        if (host.StartsWith('['))
        {
            var close = host.LastIndexOf(']');
            if (close < 0)
            {
                return "missing ']' in host";
            }
            return PortOk(host[(close + 1)..]) ? null : $"invalid port \"{host[(close + 1)..]}\" after host";
        }
        var colon = host.LastIndexOf(':');
        if (colon >= 0 && !PortOk(host[colon..]))
        {
            return $"invalid port \"{host[colon..]}\" after host";
        }
        foreach (var c in host)
        {
            if (c is ' ' or '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}')
            {
                return $"invalid character \"{c}\" in host name";
            }
        }
        return null;
    }

    private static bool PortOk(string port) => port.Length == 0 || (port[0] == ':' && port.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0);

    private static string? EscapeError(string path)
    {
        for (var i = path.IndexOf('%'); i >= 0; i = path.IndexOf('%', i + 1))
        {
            if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
            {
                return path[i..Math.Min(i + 3, path.Length)];
            }
        }
        return null;
    }

    private static string Escaped(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var rune in path.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "-_.~!$&'()*+,;=:@/%[]".Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                text.Append((char)rune.Value);
            }
            else
            {
                text.Append(Uri.EscapeDataString(rune.ToString()));
            }
        }
        return text.ToString();
    }

    private static string? Decode(string text) => EscapeError(text) is null ? Uri.UnescapeDataString(text.Replace('+', ' ')) : null;
}
