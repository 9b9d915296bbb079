using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>Volumes that bring in more than the cluster gave.</summary>
internal static class VolumeChecks
{
    private static readonly string[] s_allowed =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] s_restricted =
    [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd", "flexVolume", "cinder", "cephfs", "flocker",
        "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
    ];

    public static Finding? HostPath(PodUnderCheck pod)
    {
        var volumes = new List<string>();
        foreach (var volume in Volumes(pod))
        {
            if (volume.Object("hostPath") is not null)
            {
                volumes.Add(volume.String("name") ?? "");
            }
        }
        return volumes.Count == 0 ? null : new("hostPath volumes", $"{Wording.Plural("volume", volumes.Count)} {Wording.Quoted(volumes)}");
    }

    public static Finding? Restricted(PodUnderCheck pod)
    {
        var volumes = new List<string>();
        var types = Wording.Set();
        foreach (var volume in Volumes(pod))
        {
            if (Array.Exists(s_allowed, volume.ContainsKey))
            {
                continue;
            }
            volumes.Add(volume.String("name") ?? "");
            types.Add(Array.Find(s_restricted, volume.ContainsKey) ?? "unknown");
        }
        return volumes.Count == 0
            ? null
            : new("restricted volume types",
                $"{Wording.Plural("volume", volumes.Count)} {Wording.Quoted(volumes)} {(volumes.Count == 1 ? "uses" : "use")} {Wording.Plural("restricted volume type", types.Count)} {Wording.Quoted(types)}");
    }

    private static IEnumerable<JsonObject> Volumes(PodUnderCheck pod) => pod.Spec.Array("volumes")?.OfType<JsonObject>() ?? [];
}
