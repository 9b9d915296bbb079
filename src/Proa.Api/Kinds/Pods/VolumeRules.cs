using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's volumes must be like.</summary>
internal static class VolumeRules
{
    // The order in which a second source is found and named.
    private static readonly string[] s_sources =
    [
        "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "persistentVolumeClaim",
        "rbd", "cinder", "cephfs", "flocker", "downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk",
        "projected", "scaleIO", "storageos", "portworxVolume", "csi", "ephemeral", "image",
    ];

    /// <summary>Checks and returns the volumes by name.</summary>
    public static Dictionary<string, JsonObject> Check(JsonObject spec, string path, FieldErrors errors)
    {
        var byName = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var i = 0;
        foreach (var volume in spec.Objects("volumes"))
        {
            var at = $"{path}.volumes[{i++}]";
            var before = errors.Count;
            Source(volume, at, errors);
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
        }
        return byName;
    }

    private static void Source(JsonObject volume, string path, FieldErrors errors)
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
                errors.Forbidden(at, "may not specify more than 1 volume type");
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
                case "hostPath":
                    HostPath(source, at, errors);
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
                case "nfs":
                    Need(source, "server", at, errors);
                    Need(source, "path", at, errors);
                    break;
                case "csi":
                    Need(source, "driver", at, errors);
                    break;
                case "image":
                    Need(source, "reference", at, errors);
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
                    break;
            }
        }
        if (count == 0)
        {
            errors.Required(path, "must specify a volume type");
        }
    }

    private static void HostPath(JsonObject source, string at, FieldErrors errors)
    {
        var path = source.Text("path");
        if (path.Length == 0)
        {
            errors.Required($"{at}.path");
        }
        else if (path.Split('/').Contains(".."))
        {
            errors.Invalid($"{at}.path", path, "must not contain '..'");
        }
        if (source.Text("type") is { Length: > 0 } type
            and not ("DirectoryOrCreate" or "Directory" or "FileOrCreate" or "File" or "Socket" or "CharDevice" or "BlockDevice"))
        {
            errors.NotSupported($"{at}.type", type, "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");
        }
    }

    private static void Projected(JsonObject source, string at, FieldErrors errors)
    {
        Mode(source, "defaultMode", at, errors);
        var i = 0;
        foreach (var part in source.Objects("sources"))
        {
            var here = $"{at}.sources[{i++}]";
            var count = 0;
            foreach (var (name, value) in part)
            {
                if (value is not JsonObject inner)
                {
                    continue;
                }
                if (count++ > 0)
                {
                    errors.Forbidden($"{here}.{name}", "may not specify more than 1 volume type per source");
                    continue;
                }
                switch (name)
                {
                    case "secret" or "configMap":
                        Need(inner, "name", $"{here}.{name}", errors);
                        Items(inner, $"{here}.{name}", errors);
                        break;
                    case "downwardAPI":
                        Downward(inner, $"{here}.{name}", errors);
                        break;
                    case "serviceAccountToken":
                        Token(inner, $"{here}.{name}", errors);
                        break;
                }
            }
            if (count == 0)
            {
                errors.Required(here, "must specify a volume type");
            }
        }
    }

    private static void Token(JsonObject token, string at, FieldErrors errors)
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
        if (token.Text("path").Length == 0)
        {
            errors.Required($"{at}.path");
        }
        else
        {
            LocalPath(token.Text("path"), $"{at}.path", errors);
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
                EnvironmentRules.FieldRef(field, at, errors, forVolume: true);
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
        if (path.StartsWith('/'))
        {
            errors.Invalid(field, path, "must be a relative path");
        }
        else if (path.Split('/').Contains(".."))
        {
            errors.Invalid(field, path, "must not contain '..'");
        }
        else if (path.StartsWith("..", StringComparison.Ordinal))
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
