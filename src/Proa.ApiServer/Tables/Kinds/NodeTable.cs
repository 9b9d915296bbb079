using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Nodes.</summary>
internal static class NodeTable
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static readonly KindTable Table = new(
        [
            TableColumn.ObjectName, new("Status"), new("Roles"), TableColumn.Age, new("Version"), TableColumn.Wide("Internal-IP"),
            TableColumn.Wide("External-IP"), TableColumn.Wide("OS-Image"), TableColumn.Wide("Kernel-Version"), TableColumn.Wide("Container-Runtime"),
        ],
        row =>
        [
            row.Name,
            Status(row),
            Roles(row),
            row.Age,
            row.Text("status", "nodeInfo", "kubeletVersion") ?? "",
            Address(row, "InternalIP"),
            Address(row, "ExternalIP"),
            row.Text(RowSource.Unknown, ["status", "nodeInfo", "osImage"]),
            Kernel(row),
            row.Text(RowSource.Unknown, ["status", "nodeInfo", "containerRuntimeVersion"]),
        ]);

    private static string Status(RowSource row)
    {
        var status = "Unknown";
        foreach (var condition in row.List("status", "conditions"))
        {
            if (condition.String("type") == "Ready")
            {
                status = condition.String("status") == "True" ? "Ready" : "NotReady";
            }
        }
        return row.Flag(false, "spec", "unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string Roles(RowSource row)
    {
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in row.Map("metadata", "labels") ?? [])
        {
            if (key.StartsWith(RolePrefix, StringComparison.Ordinal) && key.Length > RolePrefix.Length)
            {
                roles.Add(key[RolePrefix.Length..]);
            }
            else if (key == "kubernetes.io/role" && value is JsonString { Value.Length: > 0 } role)
            {
                roles.Add(role.Value);
            }
        }
        return roles.Count == 0 ? RowSource.None : string.Join(',', roles);
    }

    private static string Address(RowSource row, string type)
    {
        foreach (var address in row.List("status", "addresses"))
        {
            if (address.String("type") == type)
            {
                return address.String("address") ?? "";
            }
        }
        return RowSource.None;
    }

    private static string Kernel(RowSource row)
    {
        var kernel = row.Text(RowSource.Unknown, ["status", "nodeInfo", "kernelVersion"]);
        return row.Text("status", "nodeInfo", "architecture") is { Length: > 0 } architecture ? $"{kernel} ({architecture})" : kernel;
    }
}
