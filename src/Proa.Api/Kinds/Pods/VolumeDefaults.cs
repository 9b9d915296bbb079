using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>The defaults of one volume, of a pod or persistent.</summary>
internal static class VolumeDefaults
{
    private const int DefaultMode = 420; // 0644

    public static void Apply(JsonObject volume)
    {
        // A volume that names no source is an empty directory.
        if (volume.Count == 0 || (volume.Count == 1 && volume.ContainsKey("name")))
        {
            volume["emptyDir"] = new JsonObject();
        }
        foreach (var name in (ReadOnlySpan<string>)["secret", "configMap", "downwardAPI", "projected"])
        {
            volume.Object(name)?.DefaultUnset("defaultMode", DefaultMode);
        }
        Fields(volume.At("downwardAPI"));
        foreach (var source in volume.Object("projected")?.Objects("sources") ?? [])
        {
            source.Object("serviceAccountToken")?.DefaultUnset("expirationSeconds", 3600);
            Fields(source.Object("downwardAPI"));
        }
        if (volume.At("ephemeral", "volumeClaimTemplate") is { } claim)
        {
            claim.EnsureObject("spec").DefaultUnset("volumeMode", "Filesystem");
        }
        if (volume.Object("image") is { } image)
        {
            image.Default("pullPolicy", ImageNames.DefaultPullPolicy(image.Text("reference")));
        }
        Source(volume);
    }

    /// <summary>What volumes of pods and persistent volumes share.</summary>
    public static void Source(JsonObject volume)
    {
        volume.Object("hostPath")?.DefaultUnset("type", "");
        volume.Object("iscsi")?.Default("iscsiInterface", "default");
        if (volume.Object("rbd") is { } rbd)
        {
            rbd.Default("pool", "rbd");
            rbd.Default("user", "admin");
            rbd.Default("keyring", "/etc/ceph/keyring");
        }
        if (volume.Object("scaleIO") is { } scaleIo)
        {
            scaleIo.Default("storageMode", "ThinProvisioned");
            scaleIo.Default("fsType", "xfs");
        }
        if (volume.Object("azureDisk") is { } azure)
        {
            azure.DefaultUnset("cachingMode", "ReadWrite");
            azure.DefaultUnset("kind", "Shared");
            azure.DefaultUnset("fsType", "ext4");
            azure.DefaultUnset("readOnly", false);
        }
    }

    private static void Fields(JsonObject? downward)
    {
        foreach (var item in downward?.Objects("items") ?? [])
        {
            item.Object("fieldRef")?.Default("apiVersion", "v1");
        }
    }
}
