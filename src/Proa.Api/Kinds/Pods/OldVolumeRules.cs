using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Volumes of particular storage systems, of pods and persistent ones: mostly that what they need is there.</summary>
internal static class OldVolumeRules
{
    private const string Partition = "must be between 0 and 255, inclusive";

    private static readonly Dictionary<string, string[]> s_required = new(StringComparer.Ordinal)
    {
        ["gitRepo"] = ["repository"],
        ["gcePersistentDisk"] = ["pdName"],
        ["awsElasticBlockStore"] = ["volumeID"],
        ["iscsi"] = ["targetPortal", "iqn"],
        ["glusterfs"] = ["endpoints", "path"],
        ["rbd"] = ["monitors", "image"],
        ["cinder"] = ["volumeID"],
        ["cephfs"] = ["monitors"],
        ["flexVolume"] = ["driver"],
        ["azureFile"] = ["secretName", "shareName"],
        ["azureDisk"] = ["diskName", "diskURI"],
        ["vsphereVolume"] = ["volumePath"],
        ["photonPersistentDisk"] = ["pdID"],
        ["portworxVolume"] = ["volumeID"],
        ["scaleIO"] = ["gateway", "system", "volumeName"],
        ["storageos"] = ["volumeName"],
    };

    /// <param name="path">Of what holds the source.</param>
    public static void Check(string kind, JsonObject source, string path, FieldErrors errors)
    {
        var at = kind == "gcePersistentDisk" ? $"{path}.persistentDisk" : $"{path}.{kind}";
        foreach (var name in s_required.GetValueOrDefault(kind) ?? [])
        {
            if (source[name] is null or JsonNull or JsonString { Value.Length: 0 } or JsonArray { Count: 0 })
            {
                errors.Required($"{at}.{name}");
            }
        }
        switch (kind)
        {
            case "gitRepo":
                MountRules.DescendingPath(source.Text("directory"), $"{at}.directory", errors);
                break;
            case "gcePersistentDisk" or "awsElasticBlockStore":
                Within(source, "partition", at, Partition, errors);
                break;
            case "iscsi":
                Iscsi(source, at, errors);
                break;
            case "fc":
                FibreChannel(source, at, errors);
                break;
            case "flocker":
                Flocker(source, at, errors);
                break;
            case "flexVolume":
                Flex(source, at, errors);
                break;
            case "azureDisk":
                AzureDisk(source, at, errors);
                break;
            case "quobyte":
                Quobyte(source, at, errors);
                break;
        }
    }

    private static void Within(JsonObject source, string name, string at, string message, FieldErrors errors)
    {
        if (source.Int(name) is { } value && value is < 0 or > 255)
        {
            errors.Invalid($"{at}.{name}", value, message);
        }
    }

    private static void Iscsi(JsonObject source, string at, FieldErrors errors)
    {
        if (source.Text("iqn") is { Length: > 0 } iqn && iqn[..Math.Min(3, iqn.Length)] is not ("iqn" or "eui" or "naa"))
        {
            errors.Invalid($"{at}.iqn", iqn, "must be valid format starting with iqn, eui, or naa");
        }
        Within(source, "lun", at, Names.InRange(0, 255), errors);
        if ((source.Bool("chapAuthDiscovery") == true || source.Bool("chapAuthSession") == true) && !source.ContainsKey("secretRef"))
        {
            errors.Required($"{at}.secretRef");
        }
    }

    private static void FibreChannel(JsonObject source, string at, FieldErrors errors)
    {
        var names = source.Array("targetWWNs") ?? [];
        var ids = source.Array("wwids") ?? [];
        if (names.Count == 0 && ids.Count == 0)
        {
            errors.Required($"{at}.targetWWNs", "must specify either targetWWNs or wwids, but not both");
        }
        if (names.Count > 0 && ids.Count > 0)
        {
            errors.Invalid($"{at}.targetWWNs", names, "targetWWNs and wwids can not be specified simultaneously");
        }
        if (names.Count > 0 && !source.ContainsKey("lun"))
        {
            errors.Required($"{at}.lun", "lun is required if targetWWNs is specified");
        }
        else if (names.Count > 0)
        {
            Within(source, "lun", at, Names.InRange(0, 255), errors);
        }
    }

    private static void Flocker(JsonObject source, string at, FieldErrors errors)
    {
        var (name, id) = (source.Text("datasetName"), source.Text("datasetUUID"));
        if (name.Length == 0 && id.Length == 0)
        {
            errors.Required(at, "one of datasetName and datasetUUID is required");
        }
        if (name.Length > 0 && id.Length > 0)
        {
            errors.Invalid(at, "resource", "datasetName and datasetUUID can not be specified simultaneously");
        }
        if (name.Contains('/'))
        {
            errors.Invalid($"{at}.datasetName", name, "must not contain '/'");
        }
    }

    private static void Flex(JsonObject source, string at, FieldErrors errors)
    {
        foreach (var key in source.Sub("options").Keys)
        {
            var owner = "." + key.Split('/')[0].ToLowerInvariant();
            if (owner.EndsWith(".kubernetes.io", StringComparison.Ordinal) || owner.EndsWith(".k8s.io", StringComparison.Ordinal))
            {
                errors.Invalid($"{at}.options[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved");
            }
        }
    }

    private static void AzureDisk(JsonObject source, string at, FieldErrors errors)
    {
        if (source.String("cachingMode") is { } caching and not ("None" or "ReadOnly" or "ReadWrite"))
        {
            errors.NotSupported($"{at}.cachingMode", caching, "None", "ReadOnly", "ReadWrite");
        }
        if (source.String("kind") is not { } kind)
        {
            return;
        }
        if (kind is not ("Dedicated" or "Managed" or "Shared"))
        {
            errors.NotSupported($"{at}.kind", kind, "Dedicated", "Managed", "Shared");
        }
        var uri = source.Text("diskURI");
        if (kind == "Managed" && !uri.StartsWith("/subscriptions/", StringComparison.Ordinal))
        {
            errors.NotSupported($"{at}.diskURI", uri, "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}");
        }
        if (kind != "Managed" && !uri.StartsWith("https://", StringComparison.Ordinal))
        {
            errors.NotSupported($"{at}.diskURI", uri, "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd");
        }
    }

    private static void Quobyte(JsonObject source, string at, FieldErrors errors)
    {
        const string Pair = "must be a host:port pair or multiple pairs separated by commas";
        var registry = source.Text("registry");
        if (registry.Length == 0)
        {
            errors.Required($"{at}.registry", Pair);
        }
        else if (source.Text("tenant").Length >= 65)
        {
            errors.Required($"{at}.tenant", "must be a UUID and may not exceed a length of 64 characters");
        }
        else
        {
            foreach (var pair in registry.Split(','))
            {
                if (pair.Count(static c => c == ':') != 1)
                {
                    errors.Invalid($"{at}.registry", registry, Pair);
                }
            }
        }
        if (source.Text("volume").Length == 0)
        {
            errors.Required($"{at}.volume");
        }
    }
}
