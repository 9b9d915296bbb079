using Proa.Api.Json;

namespace Proa.ApiServer.Tables;

/// <summary>How a kind is printed: its columns, and the cells of one object, as many and in the same order.</summary>
internal sealed record KindTable(IReadOnlyList<TableColumn> Columns, Func<RowSource, JsonValue[]> Cells)
{
    /// <summary>What the row says of itself besides its cells; null for nothing.</summary>
    public Func<RowSource, JsonArray?> Conditions { get; init; } = static _ => null;
}

/// <param name="Type">As in OpenAPI: <c>string</c>, <c>integer</c>, <c>boolean</c>, <c>date</c>.</param>
/// <param name="Priority">0: always shown; 1: only in wide output.</param>
internal sealed record TableColumn(string Name, string Type = "string", int Priority = 0, string Format = "")
{
    public static readonly TableColumn ObjectName = new("Name", Format: "name");
    public static readonly TableColumn Age = new("Age");

    public static TableColumn Wide(string name) => new(name, Priority: 1);

    public static TableColumn Number(string name) => new(name, "integer");
}
