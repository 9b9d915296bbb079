using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Custom;

/// <summary>The table of a custom resource: its name, and the columns that its definition names, or else its age.</summary>
internal static class CustomTable
{
    private static readonly KindTable s_plain = new(
        [TableColumn.ObjectName, new("Age", "date")],
        row => [row.Name, row.Age]);

    /// <param name="version">The definition's <c>spec.versions[i]</c>.</param>
    public static KindTable Of(JsonObject version)
    {
        if (version.Array("additionalPrinterColumns") is not { Count: > 0 } declared)
        {
            return s_plain;
        }
        var columns = new List<TableColumn> { TableColumn.ObjectName };
        var cells = new List<Func<RowSource, JsonValue>>();
        foreach (var column in declared.OfType<JsonObject>())
        {
            var type = column.String("type") ?? "string";
            columns.Add(new(column.String("name") ?? "", type, (int)(column.Int("priority") ?? 0), column.String("format") ?? ""));
            var path = SimpleJsonPath.Parse(column.String("jsonPath") ?? "");
            cells.Add(row => path?.First(row.Object) is { } value ? Cell(value, type, row) : JsonNull.Instance);
        }
        return new(columns, row => [row.Name, .. cells.Select(cell => cell(row))]);
    }

    private static JsonValue Cell(JsonValue value, string type, RowSource row) => (type, value) switch
    {
        (_, JsonNull) => value,
        ("string", JsonString) => value,
        ("string", _) => value.ToString(),
        ("integer", JsonNumber number) => number.TryGetInt64(out var whole) ? whole : (long)number.ToDouble(),
        ("number", JsonNumber) => value,
        ("boolean", JsonBool) => value,
        ("date", JsonString text) => DateTimeOffset.TryParse(text.Value, CultureInfo.InvariantCulture, out _) ? row.Since(text.Value) : "<invalid>",
        _ => JsonNull.Instance,
    };
}
