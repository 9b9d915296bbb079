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
        if (watch && initial is null && match.Length == 0 && (text is null or "" or "0"))
        {
            // Who watches from now or from any revision is told what exists, as if he had asked for it in so many words.
            (initial, match) = (true, "NotOlderThan");
        }
        var causes = watch ? CheckWatch(match, initial, token) : CheckList(text, match, initial, token);
        if (causes.Count > 0)
        {
            return Statuses.Invalid("meta.k8s.io", "ListOptions", "", causes);
        }
        long? revision = null;
        if (!string.IsNullOrEmpty(text))
        {
            if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) || parsed > long.MaxValue)
            {
                var why = text.All(char.IsAsciiDigit) ? "value out of range" : "invalid syntax";
                var wrong = $"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": {why}";
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
    private static List<StatusCause> CheckList(string? revision, string match, bool? initial, string? token)
    {
        var causes = new List<StatusCause>();
        if (match.Length > 0)
        {
            if (string.IsNullOrEmpty(revision))
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }
            if (!string.IsNullOrEmpty(token))
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
            }
            if (match is not ("Exact" or "NotOlderThan"))
            {
                causes.Add(NotSupported(match, "\"Exact\", \"NotOlderThan\", \"\""));
            }
            if (match == "Exact" && revision == "0")
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }
        if (initial is not null)
        {
            causes.Add(Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        return causes;
    }

    private static List<StatusCause> CheckWatch(string match, bool? initial, string? token)
    {
        var causes = new List<StatusCause>();
        if (initial is not null && match != "NotOlderThan")
        {
            causes.Add(Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }
        if (match.Length > 0)
        {
            if (initial is null)
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
            }
            if (match != "NotOlderThan")
            {
                causes.Add(NotSupported(match, "\"NotOlderThan\""));
            }
            if (!string.IsNullOrEmpty(token))
            {
                causes.Add(Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
            }
        }
        return causes;
    }

    private static StatusCause NotSupported(string match, string supported) =>
        Statuses.Cause("FieldValueNotSupported", "resourceVersionMatch", $"Unsupported value: \"{match}\": supported values: {supported}");

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
            error = $"strconv.ParseInt: parsing \"{text}\": {(text.AsSpan().TrimStart("+-").ContainsAnyExceptInRange('0', '9') ? "invalid syntax" : "value out of range")}";
            return false;
        }
        value = parsed;
        return true;
    }
}
