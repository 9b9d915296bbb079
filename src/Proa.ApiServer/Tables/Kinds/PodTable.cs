using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Pods: the status column tells the most telling state of their containers.</summary>
internal static class PodTable
{
    public static readonly KindTable Table = new(
        [
            TableColumn.ObjectName, new("Ready"), new("Status"), new("Restarts"), TableColumn.Age,
            TableColumn.Wide("IP"), TableColumn.Wide("Node"), TableColumn.Wide("Nominated Node"), TableColumn.Wide("Readiness Gates"),
        ],
        Cells)
    {
        Conditions = Conditions,
    };

    private static JsonValue[] Cells(RowSource row)
    {
        var summary = PodSummary.Of(row);
        var restarts = summary.Restarts.ToString(CultureInfo.InvariantCulture);
        if (summary.Restarts != 0 && summary.LastRestart is { } last)
        {
            restarts = $"{restarts} ({HumanDuration.Of(row.Now - last)} ago)";
        }
        return
        [
            row.Name,
            $"{summary.Ready}/{summary.Total}",
            summary.Reason,
            restarts,
            row.Age,
            row.List("status", "podIPs") is [var first, ..] && first.String("ip") is { Length: > 0 } ip ? ip : RowSource.None,
            row.Text(RowSource.None, ["spec", "nodeName"]),
            row.Text(RowSource.None, ["status", "nominatedNodeName"]),
            Gates(row),
        ];
    }

    private static string Gates(RowSource row)
    {
        var gates = row.List("spec", "readinessGates");
        if (gates.Count == 0)
        {
            return RowSource.None;
        }
        var passed = gates.Count(gate => gate.String("conditionType") is { } type && row.HasCondition(type));
        return $"{passed}/{gates.Count}";
    }

    private static JsonArray? Conditions(RowSource row) => row.Text("status", "phase") switch
    {
        "Succeeded" => Completed("Succeeded", "The pod has completed successfully."),
        "Failed" => Completed("Failed", "The pod failed."),
        _ => null,
    };

    private static JsonArray Completed(string reason, string message) =>
        new([new JsonObject { ["type"] = "Completed", ["status"] = "True", ["reason"] = reason, ["message"] = message }]);
}
