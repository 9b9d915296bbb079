using System.Text;

namespace Proa.ApiServer.Proxying;

/// <summary>
/// Makes links of a proxied page lead back through the proxy: absolute paths of the same host get the proxy's path before
/// them. The rules are those of the original's proxy transport. Pure.
/// </summary>
/// <param name="prefix">The path of the proxy itself, without a slash at its end.</param>
/// <param name="requestHost">The host that the client named.</param>
internal sealed class ProxyLinks(string requestHost, string prefix, string targetAuthority)
{
    private static readonly string[] s_attributes =
        ["action", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon", "longdesc", "manifest", "poster", "profile", "src", "usemap"];

    public string Rewrite(string url)
    {
        var hasHost = Uri.TryCreate(url, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https";
        if (hasHost && absolute!.Authority != targetAuthority && absolute.Authority != requestHost)
        {
            return url;
        }
        var path = hasHost ? absolute!.PathAndQuery + absolute.Fragment : url;
        if (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal))
        {
            return url;
        }
        var whole = path.StartsWith(prefix, StringComparison.Ordinal) ? path : prefix + path;
        // Without a host it leads to wherever the client found the page, also through another proxy.
        return hasHost && absolute!.Authority == requestHost ? $"{absolute.Scheme}://{requestHost}{whole}" : whole;
    }

    /// <summary>Rewrites the values of the attributes of tags that hold addresses.</summary>
    public string RewriteHtml(string html)
    {
        var output = new StringBuilder(html.Length + 256);
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            if (open < 0 || open + 1 >= html.Length)
            {
                break;
            }
            output.Append(html, at, open - at);
            var end = EndOfTag(html, open);
            if (end < 0)
            {
                at = open;
                break;
            }
            Tag(html.AsSpan(open, end - open + 1), output);
            at = end + 1;
        }
        return output.Append(html, at, html.Length - at).ToString();
    }

    private static int EndOfTag(string html, int open)
    {
        var quote = '\0';
        for (var i = open + 1; i < html.Length; i++)
        {
            var c = html[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '>')
            {
                return i;
            }
        }
        return -1;
    }

    private void Tag(ReadOnlySpan<char> tag, StringBuilder output)
    {
        var at = 0;
        while (at < tag.Length)
        {
            var equals = tag[at..].IndexOf('=');
            if (equals < 0)
            {
                break;
            }
            equals += at;
            var nameEnd = equals;
            var nameStart = nameEnd;
            while (nameStart > at && !char.IsWhiteSpace(tag[nameStart - 1]))
            {
                nameStart--;
            }
            var valueStart = equals + 1;
            if (valueStart >= tag.Length || tag[valueStart] is not ('"' or '\''))
            {
                output.Append(tag[at..valueStart]);
                at = valueStart;
                continue;
            }
            var valueEnd = tag[(valueStart + 1)..].IndexOf(tag[valueStart]);
            if (valueEnd < 0)
            {
                break;
            }
            valueEnd += valueStart + 1;
            var value = tag[(valueStart + 1)..valueEnd].ToString();
            output.Append(tag[at..(valueStart + 1)]);
            output.Append(IsAddress(tag[nameStart..nameEnd]) ? Rewrite(value) : value);
            at = valueEnd;
        }
        output.Append(tag[at..]);
    }

    private static bool IsAddress(ReadOnlySpan<char> name)
    {
        foreach (var attribute in s_attributes)
        {
            if (name.Equals(attribute, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }
}
