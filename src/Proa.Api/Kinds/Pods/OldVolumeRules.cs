using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Volumes of particular storage systems, of pods and persistent ones: mostly that what they need is there.</summary>
internal static class OldVolumeRules
{
    internal const string PortalTooLong = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

    // 0 is allowed too: the original's message is about disks that have partitions.
    private const string Partition = "must be between 1 and 255, inclusive";

    private static readonly Dictionary<string, string[]> s_required = new(StringComparer.Ordinal)
    {
        ["gitRepo"] = ["repository"],
        ["gcePersistentDisk"] = ["pdName"],
        ["awsElasticBlockStore"] = ["volumeID"],
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
    /// <param name="persistent">Of a persistent volume, whose secrets lie in any namespace, and its name; null: of a pod.</param>
    public static void Check(string kind, JsonObject source, string path, FieldErrors errors, string? persistent = null)
    {
        var at = kind == "gcePersistentDisk" ? $"{path}.persistentDisk" : $"{path}.{kind}";
        if (kind == "iscsi")
        {
            Iscsi(source, at, errors, persistent);
            return;
        }
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
            case "cinder":
                Secret(source, at, persistent is not null, errors);
                break;
            case "storageos":
                StorageOs(source, at, errors);
                Secret(source, at, persistent is not null, errors);
                break;
            case "azureFile" when persistent is not null && source.String("secretNamespace") is { Length: 0 }:
                errors.Required($"{at}.secretNamespace");
                break;
            case "glusterfs" when persistent is not null && source.String("endpointsNamespace") is { } ns:
                errors.Invalid($"{at}.endpointsNamespace", ns, ns.Length == 0 ? ["if the endpointnamespace is set, it must be a valid namespace name"] : Names.DnsLabel(ns));
                break;
        }
    }

    private static void Secret(JsonObject source, string at, bool anywhere, FieldErrors errors)
    {
        if (source.Object("secretRef") is not { } secret)
        {
            return;
        }
        if (secret.Text("name").Length == 0)
        {
            errors.Required($"{at}.secretRef.name");
        }
        if (anywhere && secret.Text("namespace").Length == 0)
        {
            errors.Required($"{at}.secretRef.namespace");
        }
    }

    private static void StorageOs(JsonObject source, string at, FieldErrors errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["volumeName", "volumeNamespace"])
        {
            if (source.Text(name) is { Length: > 0 } value)
            {
                errors.Invalid($"{at}.{name}", value, Names.DnsLabel(value));
            }
        }
    }

    private static void Within(JsonObject source, string name, string at, string message, FieldErrors errors)
    {
        if (source.Int(name) is { } value && value is < 0 or > 255)
        {
            errors.Invalid($"{at}.{name}", value, message);
        }
    }

    private static void Iscsi(JsonObject source, string at, FieldErrors errors, string? persistent)
    {
        var unknown = persistent is null ? IscsiNames.UnknownForm : IscsiNames.Malformed;
        var portal = source.Text("targetPortal");
        if (portal.Length == 0)
        {
            errors.Required($"{at}.targetPortal");
        }
        var initiator = source.String("initiatorName");
        if (persistent is not null && initiator is not null && persistent.Length + 1 + portal.Length > 64)
        {
            errors.Invalid($"{at}.targetportal", portal, PortalTooLong);
        }
        var iqn = source.Text("iqn");
        if (iqn.Length == 0)
        {
            errors.Required($"{at}.iqn");
        }
        else if (IscsiNames.Wrong(iqn, unknown) is { } wrong)
        {
            errors.Invalid($"{at}.iqn", iqn, wrong);
        }
        Within(source, "lun", at, Names.InRange(0, 255), errors);
        if ((source.Bool("chapAuthDiscovery") == true || source.Bool("chapAuthSession") == true) && !source.ContainsKey("secretRef"))
        {
            errors.Required($"{at}.secretRef");
        }
        if (persistent is not null)
        {
            Secret(source, at, anywhere: false, errors);
        }
        if (initiator is not null && IscsiNames.Wrong(initiator, unknown) is { } initiatorWrong)
        {
            errors.Invalid($"{at}.initiatorname", initiator, initiatorWrong);
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
                if (!IsHostAndPort(pair))
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

    /// <summary><c>host:port</c> or <c>[host]:port</c>; either part may be empty.</summary>
    private static bool IsHostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return false;
        }
        if (text[0] != '[')
        {
            return text.IndexOf(':') == colon && !text.AsSpan().ContainsAny('[', ']');
        }
        var end = text.IndexOf(']');
        return end >= 0 && end + 1 == colon && text.LastIndexOf('[') == 0 && text.LastIndexOf(']') == end;
    }
}
