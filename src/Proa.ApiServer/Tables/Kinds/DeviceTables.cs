namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Dynamic resource allocation.</summary>
internal static class DeviceTables
{
    public static readonly KindTable ResourceClaims = new(
        [TableColumn.ObjectName, new("State"), TableColumn.Age],
        row => [row.Name, State(row), row.Age]);

    public static readonly KindTable ResourceSlices = new(
        [TableColumn.ObjectName, new("Node"), new("Driver"), new("Pool"), TableColumn.Age],
        row => [row.Name, row.Text("spec", "nodeName") ?? "", row.Text("spec", "driver") ?? "", row.Text("spec", "pool", "name") ?? "", row.Age]);

    private static string State(RowSource row)
    {
        var states = new List<string>();
        if (row.IsDeleting)
        {
            states.Add("deleted");
        }
        if (row.Map("status", "allocation") is null)
        {
            if (!row.IsDeleting)
            {
                states.Add("pending");
            }
        }
        else
        {
            states.Add("allocated");
            if (row.List("status", "reservedFor").Count > 0)
            {
                states.Add("reserved");
            }
        }
        return string.Join(',', states);
    }
}
