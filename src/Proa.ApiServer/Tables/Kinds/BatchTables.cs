namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Jobs and cron jobs.</summary>
internal static class BatchTables
{
    private static readonly (string Condition, string Status)[] s_states =
        [("Suspended", "Suspended"), ("FailureTarget", "FailureTarget"), ("SuccessCriteriaMet", "SuccessCriteriaMet")];

    public static readonly KindTable Jobs = new(
        [
            TableColumn.ObjectName, new("Status"), new("Completions"), new("Duration"), TableColumn.Age,
            TableColumn.Wide("Containers"), TableColumn.Wide("Images"), TableColumn.Wide("Selector"),
        ],
        row =>
        {
            var (names, images) = Cells.Containers(row.List("spec", "template", "spec", "containers"));
            return [row.Name, Status(row), Completions(row), Duration(row), row.Age, names, images, Cells.SelectorOrNone(row.Map("spec", "selector"))];
        });

    public static readonly KindTable CronJobs = new(
        [
            TableColumn.ObjectName, new("Schedule"), new("Timezone"), new("Suspend", "boolean"), TableColumn.Number("Active"),
            new("Last Schedule"), TableColumn.Age, TableColumn.Wide("Containers"), TableColumn.Wide("Images"), TableColumn.Wide("Selector"),
        ],
        row =>
        {
            var (names, images) = Cells.Containers(row.List("spec", "jobTemplate", "spec", "template", "spec", "containers"));
            return
            [
                row.Name,
                row.Text("spec", "schedule") ?? "",
                row.Text("spec", "timeZone") ?? RowSource.None,
                row.Text("spec", "suspend") switch { "true" => "True", "false" => "False", _ => RowSource.Unset },
                row.List("status", "active").Count,
                row.Text("status", "lastScheduleTime") is { } last ? row.Since(last) : RowSource.None,
                row.Age,
                names,
                images,
                Cells.SelectorOrNone(row.Map("spec", "jobTemplate", "spec", "selector")),
            ];
        });

    private static string Status(RowSource row)
    {
        if (row.HasCondition("Complete"))
        {
            return "Complete";
        }
        if (row.HasCondition("Failed"))
        {
            return "Failed";
        }
        if (row.IsDeleting)
        {
            return "Terminating";
        }
        foreach (var (condition, status) in s_states)
        {
            if (row.HasCondition(condition))
            {
                return status;
            }
        }
        return "Running";
    }

    private static string Completions(RowSource row)
    {
        var succeeded = row.Int("status", "succeeded");
        if (row.At("spec", "completions") is not null)
        {
            return $"{succeeded}/{row.Int("spec", "completions")}";
        }
        var parallelism = row.Int("spec", "parallelism");
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string Duration(RowSource row)
    {
        if (RowSource.Time(row.Text("status", "startTime")) is not { } start)
        {
            return "";
        }
        return HumanDuration.Of((RowSource.Time(row.Text("status", "completionTime")) ?? row.Now) - start);
    }
}
