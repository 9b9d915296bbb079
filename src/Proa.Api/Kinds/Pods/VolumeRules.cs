using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's volumes must be like.</summary>
internal static class VolumeRules
{
    // The order in which a second source is found and named.
    private static readonly string[] s_sources =
    [
        "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "flocker",
        "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume",
        "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral", "image",
    ];

    /// <summary>Checks and returns the volumes by name.</summary>
    public static Dictionary<string, JsonObject> Check(JsonObject spec, string path, FieldErrors errors, JsonObject? pod)
    {
        var podName = pod is null ? "" : pod.Sub("metadata").Text("name");
        var byName = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var i = 0;
        foreach (var volume in spec.Objects("volumes"))
        {
            var at = $"{path}.volumes[{i++}]";
            var before = errors.Count;
            Source(volume, at, errors, podName, pod is not null);
            var name = volume.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else
            {
                errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
            }
            if (byName.ContainsKey(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            if (errors.Count == before)
            {
                byName[name] = volume;
            }
            if (volume.Object("persistentVolumeClaim")?.Text("claimName") is { Length: > 0 } claim && podName.Length > 0
                && spec.Objects("volumes").Any(other => other.ContainsKey("ephemeral") && $"{podName}-{other.Text("name")}" == claim))
            {
                errors.Invalid($"{at}.persistentVolumeClaim.claimName", claim, "must not reference a PVC that gets created for an ephemeral volume");
            }
        }
        return byName;
    }

    private static void Source(JsonObject volume, string path, FieldErrors errors, string podName, bool isPod)
    {
        var count = 0;
        foreach (var kind in s_sources)
        {
            if (volume.Object(kind) is not { } source)
            {
                continue;
            }
            var at = $"{path}.{kind}";
            if (count++ > 0)
            {
                errors.Forbidden($"{path}.{MessageName(kind)}", "may not specify more than 1 volume type");
                Portal(volume, kind, source, path, errors);
                continue;
            }
            switch (kind)
            {
                case "emptyDir":
                    if (source.String("sizeLimit") is { } limit && Quantity.TryParse(limit, out var size) && size.Sign < 0)
                    {
                        errors.Forbidden($"{at}.sizeLimit", "SizeLimit field must be a valid resource quantity");
                    }
                    break;
                case "hostPath" or "nfs":
                    Shared(kind, source, at, errors);
                    break;
                case "secret":
                    Need(source, "secretName", at, errors);
                    Items(source, at, errors);
                    break;
                case "configMap":
                    Need(source, "name", at, errors);
                    Items(source, at, errors);
                    break;
                case "persistentVolumeClaim":
                    Need(source, "claimName", at, errors);
                    break;
                case "csi":
                    Csi(source, at, errors);
                    break;
                case "image":
                    if (isPod)
                    {
                        Need(source, "reference", at, errors);
                    }
                    errors.OneOf($"{at}.pullPolicy", source.Text("pullPolicy"), "Always", "IfNotPresent", "Never");
                    break;
                case "downwardAPI":
                    Downward(source, at, errors);
                    break;
                case "projected":
                    Projected(source, at, errors);
                    break;
                case "ephemeral":
                    if (source.Object("volumeClaimTemplate") is null)
                    {
                        errors.Required($"{at}.volumeClaimTemplate");
                    }
                    else
                    {
                        PersistentVolumeClaimRules.CheckTemplate(source.Object("volumeClaimTemplate")!, $"{at}.volumeClaimTemplate", errors);
                    }
                    ClaimName(volume, podName, path, errors);
                    break;
                default:
                    OldVolumeRules.Check(kind, source, path, errors);
                    Portal(volume, kind, source, path, errors);
                    break;
            }
        }
        if (count == 0)
        {
            errors.Required(path, "must specify a volume type");
        }
    }

    // As the original spells these two when they come second.
    private static string MessageName(string kind) => kind switch { "cephfs" => "cephFS", "downwardAPI" => "downwarAPI", _ => kind };

    /// <summary>The initiator is told volume and portal in one word of limited length.</summary>
    private static void Portal(JsonObject volume, string kind, JsonObject source, string path, FieldErrors errors)
    {
        if (kind == "iscsi" && source.ContainsKey("initiatorName") && volume.Text("name").Length + 1 + source.Text("targetPortal").Length > 64)
        {
            errors.Invalid($"{path}.name", volume.Text("name"), OldVolumeRules.PortalTooLong);
        }
    }

    /// <summary>The claim that is made for the volume must get a sound name.</summary>
    private static void ClaimName(JsonObject volume, string podName, string path, FieldErrors errors)
    {
        if (podName.Length > 0 && volume.Text("name") is { Length: > 0 } name)
        {
            var claim = $"{podName}-{name}";
            foreach (var wrong in Names.DnsSubdomain(claim))
            {
                errors.Invalid($"{path}.name", name, $"PVC name \"{claim}\": {wrong}");
            }
        }
    }

    /// <summary>Of volumes that pods and persistent volumes may both be made of.</summary>
    public static void Shared(string kind, JsonObject source, string at, FieldErrors errors)
    {
        if (kind == "hostPath")
        {
            HostPath(source, at, errors);
            return;
        }
        Need(source, "server", at, errors);
        Need(source, "path", at, errors);
        if (!source.Text("path").StartsWith('/'))
        {
            errors.Invalid($"{at}.path", source.Text("path"), "must be an absolute path");
        }
    }

    private static void HostPath(JsonObject source, string at, FieldErrors errors)
    {
        var path = source.Text("path");
        if (path.Length == 0)
        {
            errors.Required($"{at}.path");
        }
        else
        {
            MountRules.NoBacksteps(path, $"{at}.path", errors);
        }
        if (path.Length > 0 && source.Text("type") is { Length: > 0 } type
            and not ("DirectoryOrCreate" or "Directory" or "FileOrCreate" or "File" or "Socket" or "CharDevice" or "BlockDevice"))
        {
            errors.NotSupported($"{at}.type", type, "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");
        }
    }

    private static void Projected(JsonObject source, string at, FieldErrors errors)
    {
        Mode(source, "defaultMode", at, errors);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var part in source.Objects("sources"))
        {
            var here = $"{at}.sources[{i++}]";
            var count = 0;
            foreach (var name in (ReadOnlySpan<string>)["secret", "configMap", "downwardAPI", "serviceAccountToken"])
            {
                if (part.Object(name) is not { } inner)
                {
                    continue;
                }
                count++;
                switch (name)
                {
                    case "secret" or "configMap":
                        Need(inner, "name", $"{here}.{name}", errors);
                        Items(inner, $"{here}.{name}", errors);
                        Once(inner, paths, at, inner.Text("name"), errors);
                        break;
                    case "downwardAPI":
                        Downward(inner, $"{here}.{name}", errors);
                        Once(inner, paths, at, null, errors);
                        break;
                    case "serviceAccountToken":
                        Token(inner, $"{here}.{name}", at, errors);
                        break;
                }
            }
            if (count > 1)
            {
                errors.Forbidden(here, "may not specify more than 1 volume type per source");
            }
        }
    }

    /// <summary>No two files of a volume lie at one path.</summary>
    private static void Once(JsonObject source, HashSet<string> paths, string at, string? named, FieldErrors errors)
    {
        foreach (var item in source.Objects("items"))
        {
            if (item.Text("path") is { Length: > 0 } path && !paths.Add(path))
            {
                errors.Invalid(at, named ?? path, "conflicting duplicate paths");
            }
        }
    }

    private static void Csi(JsonObject source, string at, FieldErrors errors)
    {
        CsiDriverNames.Check(source.Text("driver"), $"{at}.driver", errors);
        if (source.Object("nodePublishSecretRef") is not { } secret)
        {
            return;
        }
        if (secret.Text("name").Length == 0)
        {
            errors.Required($"{at}.nodePublishSecretRef.name");
        }
        else
        {
            errors.Invalid($"{at}.name", secret.Text("name"), Names.DnsSubdomain(secret.Text("name")));
        }
    }

    private static void Token(JsonObject token, string at, string volume, FieldErrors errors)
    {
        var seconds = token.Int("expirationSeconds");
        if (seconds < 600)
        {
            errors.Invalid($"{at}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        }
        if (seconds > 1L << 32)
        {
            errors.Invalid($"{at}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        }
        // The original names the path as if it were the volume's.
        if (token.Text("path").Length == 0)
        {
            errors.Required($"{volume}.path");
        }
        else
        {
            LocalPath(token.Text("path"), $"{volume}.path", errors);
        }
    }

    private static void Downward(JsonObject source, string at, FieldErrors errors)
    {
        Mode(source, "defaultMode", at, errors);
        foreach (var item in source.Objects("items"))
        {
            // The original names these fields without an index.
            if (item.Text("path").Length == 0)
            {
                errors.Required($"{at}.path");
            }
            else
            {
                LocalPath(item.Text("path"), $"{at}.path", errors);
            }
            if (item.Object("fieldRef") is { } field)
            {
                EnvironmentRules.FieldRef(field, $"{at}.fieldRef", errors, forVolume: true);
                if (item.ContainsKey("resourceFieldRef"))
                {
                    errors.Invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
                }
            }
            else if (item.Object("resourceFieldRef") is { } resource)
            {
                EnvironmentRules.ResourceFieldRef(resource, $"{at}.resourceFieldRef", errors, forVolume: true);
            }
            else
            {
                errors.Required(at, "one of fieldRef and resourceFieldRef is required");
            }
            Mode(item, "mode", at, errors);
        }
    }

    private static void Items(JsonObject source, string at, FieldErrors errors)
    {
        Mode(source, "defaultMode", at, errors);
        var i = 0;
        foreach (var item in source.Objects("items"))
        {
            var here = $"{at}.items[{i++}]";
            if (item.Text("key").Length == 0)
            {
                errors.Required($"{here}.key");
            }
            if (item.Text("path").Length == 0)
            {
                errors.Required($"{here}.path");
            }
            else
            {
                LocalPath(item.Text("path"), $"{here}.path", errors);
            }
            Mode(item, "mode", here, errors);
        }
    }

    /// <summary>A path below the volume: relative, and not upwards.</summary>
    private static void LocalPath(string path, string field, FieldErrors errors)
    {
        MountRules.DescendingPath(path, field, errors);
        if (path.StartsWith("..", StringComparison.Ordinal) && !path.StartsWith("../", StringComparison.Ordinal))
        {
            errors.Invalid(field, path, "must not start with '..'");
        }
    }

    private static void Mode(JsonObject source, string name, string at, FieldErrors errors)
    {
        if (source.Int(name) is { } mode && mode is < 0 or > 511)
        {
            errors.Invalid($"{at}.{name}", mode, "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }

    private static void Need(JsonObject source, string name, string at, FieldErrors errors)
    {
        if (source.Text(name).Length == 0)
        {
            errors.Required($"{at}.{name}");
        }
    }
}
