using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Events, as the core group and as <c>events.k8s.io</c> write them.</summary>
internal static class EventTable
{
    public static readonly KindTable Table = new(
        [
            new("Last Seen"), new("Type"), new("Reason"), new("Object"), TableColumn.Wide("Subobject"), TableColumn.Wide("Source"),
            new("Message"), TableColumn.Wide("First Seen"), TableColumn.Wide("Count"), new("Name", Priority: 1, Format: "name"),
        ],
        row =>
        {
            var first = Either(row, "firstTimestamp", "deprecatedFirstTimestamp") ?? row.Text("eventTime");
            var last = row.Map("series") is { } series ? series.String("lastObservedTime") : Either(row, "lastTimestamp", "deprecatedLastTimestamp") ?? first;
            return
            [
                row.Since(last),
                row.Text("type") ?? "",
                row.Text("reason") ?? "",
                Target(Subject(row)),
                Subject(row)?.String("fieldPath") ?? "",
                Source(row),
                (Either(row, "message", "note") ?? "").Trim(),
                row.Since(first),
                Count(row),
                row.Name,
            ];
        });

    private static string? Either(RowSource row, string core, string other) => row.Text(core) ?? row.Text(other);

    private static JsonObject? Subject(RowSource row) => row.Map("involvedObject") ?? row.Map("regarding");

    private static string Target(JsonObject? subject)
    {
        var kind = (subject?.String("kind") ?? "").ToLowerInvariant();
        return subject?.String("name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string Source(RowSource row)
    {
        var source = row.Map("source") ?? row.Map("deprecatedSource");
        var component = source?.String("component") is { Length: > 0 } given ? given : Either(row, "reportingComponent", "reportingController") ?? "";
        var host = source?.String("host") is { Length: > 0 } on ? on : row.Text("reportingInstance") ?? "";
        return host.Length == 0 ? component : $"{component}, {host}";
    }

    private static long Count(RowSource row)
    {
        if (row.Map("series") is not null)
        {
            return row.Int("series", "count");
        }
        return Math.Max(row.Int("count") + row.Int("deprecatedCount"), 1);
    }
}
