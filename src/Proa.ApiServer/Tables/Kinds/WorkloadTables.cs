namespace Proa.ApiServer.Tables.Kinds;

/// <summary>What keeps pods running: Deployments, ReplicaSets, replication controllers, StatefulSets, DaemonSets, their revisions.</summary>
internal static class WorkloadTables
{
    public static readonly KindTable Deployments = new(
        [
            TableColumn.ObjectName, new("Ready"), new("Up-to-date"), new("Available"), TableColumn.Age,
            TableColumn.Wide("Containers"), TableColumn.Wide("Images"), TableColumn.Wide("Selector"),
        ],
        row =>
        {
            var (names, images) = Template(row);
            return
            [
                row.Name,
                $"{row.Int("status", "readyReplicas")}/{row.Int("spec", "replicas")}",
                row.Int("status", "updatedReplicas"),
                row.Int("status", "availableReplicas"),
                row.Age,
                names,
                images,
                Cells.Selector(row.Map("spec", "selector")),
            ];
        });

    public static readonly KindTable ReplicaSets = Replicated(row => Cells.SelectorOrNone(row.Map("spec", "selector")));

    public static readonly KindTable ReplicationControllers = Replicated(row => Cells.Labels(row.Map("spec", "selector")));

    public static readonly KindTable StatefulSets = new(
        [TableColumn.ObjectName, new("Ready"), TableColumn.Age, TableColumn.Wide("Containers"), TableColumn.Wide("Images")],
        row =>
        {
            var (names, images) = Template(row);
            return [row.Name, $"{row.Int("status", "readyReplicas")}/{row.Int("spec", "replicas")}", row.Age, names, images];
        });

    public static readonly KindTable DaemonSets = new(
        [
            TableColumn.ObjectName, TableColumn.Number("Desired"), TableColumn.Number("Current"), TableColumn.Number("Ready"),
            TableColumn.Number("Up-to-date"), TableColumn.Number("Available"), new("Node Selector"), TableColumn.Age,
            TableColumn.Wide("Containers"), TableColumn.Wide("Images"), TableColumn.Wide("Selector"),
        ],
        row =>
        {
            var (names, images) = Template(row);
            return
            [
                row.Name,
                row.Int("status", "desiredNumberScheduled"),
                row.Int("status", "currentNumberScheduled"),
                row.Int("status", "numberReady"),
                row.Int("status", "updatedNumberScheduled"),
                row.Int("status", "numberAvailable"),
                Cells.Labels(row.Map("spec", "template", "spec", "nodeSelector")),
                row.Age,
                names,
                images,
                Cells.SelectorOrNone(row.Map("spec", "selector")),
            ];
        });

    public static readonly KindTable ControllerRevisions = new(
        [TableColumn.ObjectName, new("Controller"), new("Revision"), TableColumn.Age],
        row => [row.Name, Controller(row), row.Int("revision"), row.Age]);

    public static readonly KindTable PodTemplates = new(
        [TableColumn.ObjectName, new("Containers"), new("Images"), new("Pod Labels")],
        row =>
        {
            var (names, images) = Cells.Containers(row.List("template", "spec", "containers"));
            return [row.Name, names, images, Cells.Labels(row.Map("template", "metadata", "labels"))];
        });

    private static KindTable Replicated(Func<RowSource, string> selector) => new(
        [
            TableColumn.ObjectName, TableColumn.Number("Desired"), TableColumn.Number("Current"), TableColumn.Number("Ready"), TableColumn.Age,
            TableColumn.Wide("Containers"), TableColumn.Wide("Images"), TableColumn.Wide("Selector"),
        ],
        row =>
        {
            var (names, images) = Template(row);
            return
            [
                row.Name, row.Int("spec", "replicas"), row.Int("status", "replicas"), row.Int("status", "readyReplicas"), row.Age,
                names, images, selector(row),
            ];
        });

    private static (string Names, string Images) Template(RowSource row) =>
        Cells.Containers(row.List("spec", "template", "spec", "containers"));

    private static string Controller(RowSource row)
    {
        foreach (var owner in row.List("metadata", "ownerReferences"))
        {
            if (owner.Bool("controller") == true)
            {
                var group = owner.String("apiVersion")?.Split('/') is [var name, _] ? "." + name : "";
                return $"{owner.String("kind")?.ToLowerInvariant()}{group}/{owner.String("name")}";
            }
        }
        return RowSource.None;
    }
}
