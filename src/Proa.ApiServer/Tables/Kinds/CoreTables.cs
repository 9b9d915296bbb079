using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>The small kinds of the core group.</summary>
internal static class CoreTables
{
    public static readonly KindTable Namespaces = new(
        [TableColumn.ObjectName, new("Status"), TableColumn.Age],
        row => [row.Name, row.Text("status", "phase") ?? "", row.Age]);

    public static readonly KindTable ConfigMaps = new(
        [TableColumn.ObjectName, new("Data"), TableColumn.Age],
        row => [row.Name, (row.Map("data")?.Count ?? 0) + (row.Map("binaryData")?.Count ?? 0), row.Age]);

    public static readonly KindTable Secrets = new(
        [TableColumn.ObjectName, new("Type"), new("Data"), TableColumn.Age],
        row => [row.Name, row.Text("type") ?? "", row.Map("data")?.Count ?? 0, row.Age]);

    public static readonly KindTable NameAndAge = new([TableColumn.ObjectName, TableColumn.Age], row => [row.Name, row.Age]);

    /// <summary>What kinds without columns of their own get.</summary>
    public static readonly KindTable NameAndTime = new(
        [TableColumn.ObjectName, new("Created At", "date")],
        row => [row.Name, row.Text("metadata", "creationTimestamp") is { } time ? time : JsonNull.Instance]);

    public static readonly KindTable ComponentStatuses = new(
        [TableColumn.ObjectName, new("Status"), new("Message"), new("Error")],
        row =>
        {
            var healthy = row.List("conditions").FirstOrDefault(condition => condition.String("type") == "Healthy");
            var status = healthy is null ? "Unknown" : healthy.String("status") == "True" ? "Healthy" : "Unhealthy";
            return [row.Name, status, healthy?.String("message") ?? "", healthy?.String("error") ?? ""];
        });

    public static readonly KindTable ResourceQuotas = new(
        [TableColumn.ObjectName, new("Request"), new("Limit"), TableColumn.Age],
        row => [row.Name, Used(row, limits: false), Used(row, limits: true), row.Age]);

    private static string Used(RowSource row, bool limits)
    {
        var used = row.Map("status", "used");
        return string.Join(", ", (row.Map("status", "hard") ?? [])
            .Where(hard => hard.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .OrderBy(hard => hard.Key, StringComparer.Ordinal)
            .Select(hard => $"{hard.Key}: {Text(used?[hard.Key])}/{Text(hard.Value)}"));
    }

    private static string Text(JsonValue? quantity) => quantity switch
    {
        JsonString text => text.Value,
        JsonNumber number => number.Text,
        _ => "0",
    };
}
