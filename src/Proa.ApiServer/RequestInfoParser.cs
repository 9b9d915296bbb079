using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer;

/// <summary>Reads from method, path and query what a request asks for. Pure.</summary>
public static class RequestInfoParser
{
    /// <param name="path">Still escaped, as on the wire; segments are unescaped one by one.</param>
    public static RequestInfo Parse(string method, string path, RequestQuery query)
    {
        Span<Range> ranges = stackalloc Range[12];
        var text = path.AsSpan();
        var trimmed = text.Trim('/');
        var count = trimmed.IsEmpty ? 0 : trimmed.Split(ranges, '/');
        var at = 1;
        string group;
        if (count >= 3 && Is(trimmed[ranges[0]], "api"))
        {
            group = "";
        }
        else if (count >= 4 && Is(trimmed[ranges[0]], "apis"))
        {
            group = Unescape(trimmed[ranges[at++]]);
        }
        else
        {
            return Other(method, path);
        }
        var version = Unescape(trimmed[ranges[at++]]);
        var verb = VerbOf(method);
        // /api/v1/watch/...: the old way to watch.
        var oldWatch = Is(trimmed[ranges[at]], "watch") && count > at + 1;
        if (oldWatch)
        {
            at++;
        }
        var ns = "";
        if (Is(trimmed[ranges[at]], "namespaces") && count > at + 1)
        {
            ns = Unescape(trimmed[ranges[at + 1]]);
            // /namespaces/x and its own subresources stay requests for the namespace object itself.
            if (count > at + 2 && !Is(trimmed[ranges[at + 2]], "status") && !Is(trimmed[ranges[at + 2]], "finalize"))
            {
                at += 2;
            }
        }
        var resource = Unescape(trimmed[ranges[at++]]);
        var name = at < count ? Unescape(trimmed[ranges[at++]]) : "";
        var subresource = at < count ? Unescape(trimmed[ranges[at++]]) : "";
        // The last range holds all that is left.
        var rest = subresource.Length > 0 && at < count ? Rest(trimmed, ranges[at..count]) : "";
        if (oldWatch)
        {
            verb = "watch";
        }
        else if (name.Length == 0 && subresource.Length == 0)
        {
            verb = verb switch
            {
                "get" => query.Flag("watch") || query["watch"] is "" ? "watch" : "list",
                "delete" => "deletecollection",
                _ => verb,
            };
        }
        var labels = name.Length == 0 && verb is "list" or "watch" or "deletecollection" && query.TryGet("labelSelector", out var sent) ? sent : "";
        if (name.Length == 0 && verb is "list" or "watch" or "deletecollection"
            && query.TryGet("fieldSelector", out var selector))
        {
            if (NameIn(selector) is { } selected)
            {
                name = selected;
                return Made() with { NameFromSelector = true, FieldSelector = selector };
            }
            return Made() with { FieldSelector = selector };
        }
        return Made();

        RequestInfo Made() => new(verb, path)
        {
            IsResource = true,
            Group = group,
            Version = version,
            Namespace = ns,
            Resource = resource,
            Name = name,
            Subresource = subresource,
            SubresourcePath = rest,
            LabelSelector = labels,
        };
    }

    private static RequestInfo Other(string method, string path) => new(method.ToLowerInvariant(), Unescape(path));

    private static string VerbOf(string method) => method switch
    {
        "POST" => "create",
        "GET" or "HEAD" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "",
    };

    private static string Rest(ReadOnlySpan<char> path, ReadOnlySpan<Range> ranges)
    {
        var first = Unescape(path[ranges[0]]);
        for (var i = 1; i < ranges.Length; i++)
        {
            first += "/" + Unescape(path[ranges[i]]);
        }
        return first;
    }

    /// <summary>The one name that a field selector leaves; null: it leaves others too.</summary>
    internal static string? NameIn(string selector)
    {
        const string Prefix = "metadata.name=";
        if (!selector.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }
        var value = selector[Prefix.Length..].TrimStart('=');
        return value.Length > 0 && !value.AsSpan().ContainsAny(",=!\\/") ? value : null;
    }

    private static bool Is(ReadOnlySpan<char> segment, string text) => segment.SequenceEqual(text);

    private static string Unescape(ReadOnlySpan<char> segment) =>
        segment.Contains('%') ? Uri.UnescapeDataString(segment.ToString()) : segment.ToString();
}
