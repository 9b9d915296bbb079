using System.Globalization;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// Estimates a request's work: a list, and a watch that begins with one, weighs by the bytes that it reads at once; a write by
/// the watches that are told of it; anything else is one seat. Thread-safe. See "Seats occupied by a request" in the reference.
/// </summary>
internal sealed class WorkEstimator(IObjectStore store, WatchCounts watches)
{
    private const int BytesPerSeat = 100_000;
    private const int MostBytesFromMemory = 1_000_000;
    private const int MostListSeats = 100;
    private const int MostWriteSeats = 10;
    private const int WatchesPerSeat = 10;
    private const int Samples = 16;
    private static readonly TimeSpan s_perEvent = TimeSpan.FromMilliseconds(5);

    /// <param name="mostSeats">Of one request of its level; 0: the server's limit alone.</param>
    /// <param name="watching">How many watches a write concerns; otherwise -1.</param>
    public WorkEstimate Of(RequestInfo info, RequestQuery query, int mostSeats, out int watching)
    {
        watching = -1;
        switch (info.Verb)
        {
            case "list" or "watch" when info.IsResource:
                return new(Reading(info, query, Math.Min(mostSeats == 0 ? MostListSeats : mostSeats, MostListSeats)));
            case "create" or "update" or "patch" or "delete" when info.IsResource && info is not { Resource: "serviceaccounts", Subresource: "token" }:
                watching = watches.Of(info);
                return Writing(watching, Math.Min(mostSeats == 0 ? MostWriteSeats : mostSeats, MostWriteSeats));
            default:
                return new(1);
        }
    }

    private static WorkEstimate Writing(int watching, int most)
    {
        if (watching < WatchesPerSeat)
        {
            return new(1);
        }
        var seats = (watching + WatchesPerSeat - 1) / WatchesPerSeat;
        // As much work with fewer seats takes longer.
        var narrow = Math.Min(seats, most);
        return new(1, narrow, SeatTime.PerSeat(SeatTime.Of(seats, s_perEvent), narrow));
    }

    private int Reading(RequestInfo info, RequestQuery query, int most)
    {
        long limit = 0;
        if ((query["limit"] is { Length: > 0 } text && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit))
            || (query["timeoutSeconds"] is { Length: > 0 } seconds && !long.TryParse(seconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
        {
            return most;
        }
        var revision = query["resourceVersion"] ?? "";
        if (info.Verb == "watch" && !Says(query["sendInitialEvents"]) && revision is not ("" or "0"))
        {
            return 1;
        }
        var stored = store.List(info.GroupResource, null)?.Items;
        if (stored is not { Count: > 0 } items)
        {
            return 1;
        }
        long limited = limit > 0 ? Math.Min(limit, items.Count) : items.Count;
        var fromMemory = info.Verb == "watch" || IsFromMemory(query, revision, limit);
        var selects = !string.IsNullOrEmpty(query["labelSelector"]) || !string.IsNullOrEmpty(query["fieldSelector"]);
        var objects = info.Name.Length > 0 ? 1 : !fromMemory && selects ? Math.Max(limited, items.Count / 2) : limited;
        long size = 0;
        var samples = Math.Min(Samples, items.Count);
        for (var i = 0; i < samples; i++)
        {
            size += items[(int)((long)i * items.Count / samples)].Json.Length;
        }
        var bytes = objects * size / samples;
        if (fromMemory)
        {
            bytes = Math.Min(bytes, MostBytesFromMemory);
        }
        return (int)Math.Clamp((bytes + BytesPerSeat - 1) / BytesPerSeat, 1, most);
    }

    /// <summary>Whether the original answers from its cache: not when an exact revision or a further page is asked for.</summary>
    private static bool IsFromMemory(RequestQuery query, string revision, long limit) => query["resourceVersionMatch"] switch
    {
        "NotOlderThan" => true,
        null or "" => string.IsNullOrEmpty(query["continue"]) && !(limit > 0 && revision is not ("" or "0")),
        _ => false,
    };

    // As the original reads truth values of URLs.
    private static bool Says(string? value) => value is not null && value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase);
}
