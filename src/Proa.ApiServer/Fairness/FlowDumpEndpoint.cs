using System.Globalization;
using System.Text;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// <c>/debug/api_priority_and_fairness/dump_priority_levels</c>, <c>dump_queues</c> and <c>dump_requests</c>: who waits and who
/// runs now, as comma-separated tables.
/// </summary>
public sealed class FlowDumpEndpoint(FlowControl flow) : IPathEndpoint
{
    private const string Prefix = "/debug/api_priority_and_fairness/";

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (!request.Path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return new((ApiResponse?)null);
        }
        List<string[]>? rows = request.Path.AsSpan()[Prefix.Length..] switch
        {
            "dump_priority_levels" => Levels(),
            "dump_queues" => Queues(),
            "dump_requests" => Requests(request.Query["includeRequestDetails"] is { Length: > 0 }),
            _ => null,
        };
        return new(rows is null ? null : new BytesResponse(200, Encoding.UTF8.GetBytes(Table(rows))) { ContentType = "text/plain; charset=utf-8" });
    }

    private List<string[]> Levels()
    {
        List<string[]> rows =
        [
            ["PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests", "DispatchedRequests", "RejectedRequests",
                "TimedoutRequests", "CancelledRequests"],
        ];
        foreach (var level in flow.Levels)
        {
            lock (level.Gate)
            {
                var queues = level.Queues;
                rows.Add([level.Name, Text(queues.All.Count(static queue => queue.Waiting.Count > 0)), Text(queues.IsIdle), Text(level.IsLeaving),
                    Text(queues.Waiting), Text(queues.Running), Text(level.Dispatched), Text(level.Rejected), "0", Text(level.Cancelled)]);
            }
        }
        return rows;
    }

    private List<string[]> Queues()
    {
        List<string[]> rows =
        [
            ["PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR", "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum"],
        ];
        foreach (var level in flow.Levels)
        {
            lock (level.Gate)
            {
                foreach (var (index, queue) in level.Queues.All.Index())
                {
                    rows.Add([level.Name, Text(index), Text(queue.Waiting.Count), Text(queue.Running.Count), Text(queue.SeatsInUse), SeatTime.Text(queue.NextStart),
                        Text(queue.WaitingInitialSeats), Text(queue.WaitingSeats), SeatTime.Text(queue.WaitingWork)]);
                }
            }
        }
        return rows;
    }

    private List<string[]> Requests(bool details)
    {
        string[] head =
        [
            "PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher", "ArriveTime", "InitialSeats", "FinalSeats",
            "AdditionalLatency", "StartTime",
        ];
        List<string[]> rows = [details ? [.. head, "UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"] : head];
        foreach (var level in flow.Levels)
        {
            lock (level.Gate)
            {
                foreach (var (index, queue) in level.Queues.All.Index())
                {
                    foreach (var (at, waiting) in queue.Waiting.Index())
                    {
                        rows.Add(Row(waiting, index, at, details));
                    }
                    foreach (var running in queue.Running)
                    {
                        rows.Add(Row(running, index, -1, details));
                    }
                }
                foreach (var running in level.Queues.Unqueued)
                {
                    rows.Add(Row(running, -1, -1, details));
                }
            }
        }
        return rows;
    }

    private string[] Row(FlowRequest request, int queue, int at, bool details)
    {
        string[] row =
        [
            request.Level.Name, request.Schema.Name, Text(queue), Text(at), request.Flow, Time(request.Arrived), Text(request.Work.InitialSeats), Text(request.Work.FinalSeats),
            Duration(request.Work.AdditionalLatency), Time(request.Started),
        ];
        var info = request.Info;
        return !details ? row :
        [
            .. row, request.User.Name, info.Verb, info.Path, info.Namespace, info.Name, info.Group.Length == 0 ? info.Version : $"{info.Group}/{info.Version}",
            info.Resource, info.Subresource,
        ];
    }

    // 2026-01-02T03:04:05.123456Z; what has not happened is the year 1.
    private string Time(long? reading) => reading is { } at
        ? (flow.Time.GetUtcNow() - flow.Time.GetElapsedTime(at)).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
        : "0001-01-01T00:00:00Z";

    private static string Duration(TimeSpan time) => time == TimeSpan.Zero ? "0s"
        : time < TimeSpan.FromSeconds(1) ? time.TotalMilliseconds.ToString("0.######", CultureInfo.InvariantCulture) + "ms"
        : time.TotalSeconds.ToString("0.#########", CultureInfo.InvariantCulture) + "s";

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    // Cells end in commas, and each column is as wide as its widest cell and one more, eight at least.
    private static string Table(List<string[]> rows)
    {
        var widths = new int[rows[0].Length - 1];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = Math.Max(8, rows.Max(row => row[i].Length) + 2);
        }
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                text.Append((row[i] + ",").PadRight(widths[i]));
            }
            text.Append(row[^1]).Append('\n');
        }
        return text.ToString();
    }
}
