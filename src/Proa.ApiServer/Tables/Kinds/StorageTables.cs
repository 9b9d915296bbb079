namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Volumes, claims, classes and drivers.</summary>
internal static class StorageTables
{
    private const string OldClass = "volume.beta.kubernetes.io/storage-class";

    public static readonly KindTable PersistentVolumes = new(
        [
            TableColumn.ObjectName, new("Capacity"), new("Access Modes"), new("Reclaim Policy"), new("Status"), new("Claim"),
            new("StorageClass"), new("VolumeAttributesClass"), new("Reason"), TableColumn.Age, TableColumn.Wide("VolumeMode"),
        ],
        row =>
        [
            row.Name,
            row.Text("0", ["spec", "capacity", "storage"]),
            Cells.AccessModes(row.Strings("spec", "accessModes")),
            row.Text("spec", "persistentVolumeReclaimPolicy") ?? "",
            row.IsDeleting ? "Terminating" : row.Text("status", "phase") ?? "",
            row.Map("spec", "claimRef") is { } claim ? $"{claim.String("namespace")}/{claim.String("name")}" : "",
            Class(row),
            row.Text("spec", "volumeAttributesClassName") ?? RowSource.Unset,
            row.Text("status", "reason") ?? "",
            row.Age,
            row.Text("spec", "volumeMode") ?? RowSource.Unset,
        ]);

    public static readonly KindTable PersistentVolumeClaims = new(
        [
            TableColumn.ObjectName, new("Status"), new("Volume"), new("Capacity"), new("Access Modes"), new("StorageClass"),
            new("VolumeAttributesClass"), TableColumn.Age, TableColumn.Wide("VolumeMode"),
        ],
        row =>
        {
            var volume = row.Text("spec", "volumeName") ?? "";
            return
            [
                row.Name,
                row.IsDeleting ? "Terminating" : row.Text("status", "phase") ?? "",
                volume,
                volume.Length == 0 ? "" : row.Text("0", ["status", "capacity", "storage"]),
                volume.Length == 0 ? "" : Cells.AccessModes(row.Strings("status", "accessModes")),
                Class(row),
                row.Text("spec", "volumeAttributesClassName") ?? RowSource.Unset,
                row.Age,
                row.Text("spec", "volumeMode") ?? RowSource.Unset,
            ];
        });

    public static readonly KindTable StorageClasses = new(
        [
            TableColumn.ObjectName, new("Provisioner"), new("ReclaimPolicy"), new("VolumeBindingMode"), new("AllowVolumeExpansion"), TableColumn.Age,
        ],
        row =>
        [
            Cells.NameWithDefault(row, "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"),
            row.Text("provisioner") ?? "",
            row.Text("reclaimPolicy") ?? "Delete",
            row.Text("volumeBindingMode") ?? "Immediate",
            row.Flag(false, "allowVolumeExpansion"),
            row.Age,
        ]);

    public static readonly KindTable VolumeAttributesClasses = new(
        [TableColumn.ObjectName, new("DriverName"), TableColumn.Age],
        row => [row.Name, row.Text("driverName") ?? "", row.Age]);

    public static readonly KindTable VolumeAttachments = new(
        [TableColumn.ObjectName, new("Attacher", Format: "name"), new("PV"), new("Node"), new("Attached", "boolean"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.Text("spec", "attacher") ?? "",
            row.Text("spec", "source", "persistentVolumeName") ?? "",
            row.Text("spec", "nodeName") ?? "",
            row.Flag(false, "status", "attached"),
            row.Age,
        ]);

    public static readonly KindTable CsiNodes = new(
        [TableColumn.ObjectName, TableColumn.Number("Drivers"), TableColumn.Age],
        row => [row.Name, row.List("spec", "drivers").Count, row.Age]);

    public static readonly KindTable CsiDrivers = new(
        [
            TableColumn.ObjectName, new("AttachRequired", "boolean"), new("PodInfoOnMount", "boolean"), new("StorageCapacity", "boolean"),
            new("TokenRequests"), new("RequiresRepublish", "boolean"), new("Modes"), TableColumn.Age,
        ],
        row =>
        [
            row.Name,
            row.Flag(true, "spec", "attachRequired"),
            row.Flag(false, "spec", "podInfoOnMount"),
            row.Flag(false, "spec", "storageCapacity"),
            row.At("spec", "tokenRequests") is null
                ? RowSource.Unset
                : string.Join(',', row.List("spec", "tokenRequests").Select(request => request.String("audience"))),
            row.Flag(false, "spec", "requiresRepublish"),
            string.Join(',', row.Strings("spec", "volumeLifecycleModes")) is { Length: > 0 } modes ? modes : RowSource.None,
            row.Age,
        ]);

    public static readonly KindTable CsiStorageCapacities = new(
        [TableColumn.ObjectName, new("StorageClassName"), new("Capacity")],
        row => [row.Name, row.Text("storageClassName") ?? "", row.Text("capacity") ?? RowSource.Unset]);

    private static string Class(RowSource row) =>
        row.Text("metadata", "annotations", OldClass) ?? row.Text("spec", "storageClassName") ?? "";
}
