using System.Globalization;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>The checked parameters of a list, a watch or a deletecollection.</summary>
internal sealed record ListParameters
{
    public long Limit { get; init; }

    public string? Continue { get; init; }

    /// <summary>Null when it was not given.</summary>
    public long? ResourceVersion { get; init; }

    /// <summary><c>Exact</c>, <c>NotOlderThan</c> or empty.</summary>
    public string Match { get; init; } = "";

    public bool Bookmarks { get; init; }

    public bool? SendInitialEvents { get; init; }

    public TimeSpan? Timeout { get; init; }

    public static ApiResult<ListParameters> Read(RequestQuery query, bool watch)
    {
        if (!Number(query, "timeoutSeconds", out var timeout, out var error) || !Number(query, "limit", out var limit, out error))
        {
            return Statuses.BadRequest(error);
        }
        var text = query["resourceVersion"];
        var match = query["resourceVersionMatch"] ?? "";
        var initial = query["sendInitialEvents"] is { } send ? send is "true" or "1" : (bool?)null;
        var token = query["continue"];
        if (Check(text, match, initial, token, watch) is { } cause)
        {
            return Statuses.Invalid("meta.k8s.io", "ListOptions", "", [cause]);
        }
        long? revision = null;
        if (!string.IsNullOrEmpty(text))
        {
            if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) || parsed > long.MaxValue)
            {
                var wrong = $"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax";
                return watch ? Statuses.Internal(wrong) : Statuses.BadRequest("invalid resource version: " + wrong);
            }
            revision = (long)parsed;
        }
        return new ListParameters
        {
            Limit = Math.Max(limit ?? 0, 0),
            Continue = string.IsNullOrEmpty(token) ? null : token,
            ResourceVersion = revision,
            Match = match,
            Bookmarks = query.Flag("allowWatchBookmarks"),
            SendInitialEvents = initial,
            Timeout = timeout is > 0 ? TimeSpan.FromSeconds(Math.Min(timeout.Value, int.MaxValue / 1000)) : null,
        };
    }

    /// <summary>Which combinations make no sense; the rules are those of the original's ListOptions validation.</summary>
    private static StatusCause? Check(string? revision, string match, bool? initial, string? token, bool watch)
    {
        if (watch && initial is not null)
        {
            return match == "NotOlderThan" ? null : Forbidden("resourceVersionMatch",
                match.Length == 0
                    ? "resourceVersionMatch is required when sendInitialEvents is set"
                    : $"resourceVersionMatch {match} is forbidden when sendInitialEvents is set");
        }
        if (initial is not null)
        {
            return Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
        if (match.Length == 0)
        {
            return null;
        }
        if (watch)
        {
            return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
        if (string.IsNullOrEmpty(revision))
        {
            return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if (!string.IsNullOrEmpty(token))
        {
            return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        }
        if (match is not ("Exact" or "NotOlderThan"))
        {
            return Statuses.Cause("FieldValueNotSupported", "resourceVersionMatch",
                $"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\"");
        }
        return match == "Exact" && revision == "0"
            ? Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
            : null;
    }

    private static StatusCause Forbidden(string field, string message) => Statuses.Cause("FieldValueForbidden", field, "Forbidden: " + message);

    private static bool Number(RequestQuery query, string name, out long? value, out string error)
    {
        value = null;
        error = "";
        if (query[name] is not { Length: > 0 } text)
        {
            return true;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
        {
            error = $"strconv.ParseInt: parsing \"{text}\": invalid syntax";
            return false;
        }
        value = parsed;
        return true;
    }
}
