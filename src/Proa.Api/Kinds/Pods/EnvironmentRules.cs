using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a container's environment must be like.</summary>
internal static class EnvironmentRules
{
    private static readonly string[] s_envFields =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

    private static readonly string[] s_volumeFields = ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];

    public static void Check(JsonObject container, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var variable in container.Objects("env"))
        {
            var at = $"{path}.env[{i++}]";
            var name = variable.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else
            {
                errors.Invalid($"{at}.name", name, Names.EnvironmentVariable(name));
            }
            if (variable.Object("valueFrom") is { } source)
            {
                ValueFrom(variable, source, $"{at}.valueFrom", errors);
            }
        }
        i = 0;
        foreach (var source in container.Objects("envFrom"))
        {
            From(source, $"{path}.envFrom", i++, errors);
        }
    }

    public static void FieldRef(JsonObject field, string at, FieldErrors errors, bool forVolume)
    {
        var apiVersion = field.Text("apiVersion");
        var path = field.Text("fieldPath");
        if (apiVersion.Length == 0)
        {
            errors.Required($"{at}.apiVersion");
            return;
        }
        if (path.Length == 0)
        {
            errors.Required($"{at}.fieldPath");
            return;
        }
        if (apiVersion != "v1" || !IsKnownField(path))
        {
            errors.Invalid($"{at}.fieldPath", path, apiVersion == "v1"
                ? $"error converting fieldPath: field label not supported: {path}"
                : $"error converting fieldPath: unsupported pod version: {apiVersion}");
            return;
        }
        var allowed = forVolume ? s_volumeFields : s_envFields;
        if (path.EndsWith("']", StringComparison.Ordinal) && path.IndexOf("['", StringComparison.Ordinal) is var open and > 0)
        {
            var key = path[(open + 2)..^2];
            switch (path[..open])
            {
                case "metadata.annotations":
                    errors.Invalid(at, key, Names.QualifiedName(key.ToLowerInvariant()));
                    break;
                case "metadata.labels":
                    errors.Invalid(at, key, Names.QualifiedName(key));
                    break;
                default:
                    errors.Invalid(at, path[..open], "does not support subscript");
                    break;
            }
        }
        else if (!allowed.Contains(path))
        {
            errors.NotSupported($"{at}.fieldPath", path, [.. allowed.Order(StringComparer.Ordinal)]);
        }
    }

    public static void ResourceFieldRef(JsonObject field, string at, FieldErrors errors, bool forVolume)
    {
        if (forVolume && field.Text("containerName").Length == 0)
        {
            errors.Required($"{at}.containerName");
            return;
        }
        var resource = field.Text("resource");
        if (resource.Length == 0)
        {
            errors.Required($"{at}.resource");
        }
        else if (!resource.StartsWith("limits.hugepages-", StringComparison.Ordinal) && !resource.StartsWith("requests.hugepages-", StringComparison.Ordinal)
            && resource is not ("limits.cpu" or "limits.memory" or "limits.ephemeral-storage" or "requests.cpu" or "requests.memory" or "requests.ephemeral-storage"))
        {
            errors.NotSupported($"{at}.resource", resource,
                "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory");
        }
        Divisor(field.Text("divisor"), resource, $"{at}.divisor", errors);
    }

    /// <summary>A variable from a file needs a volume that its own pod fills.</summary>
    public static void FileVolumes(JsonObject spec, string path, FieldErrors errors)
    {
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            var i = 0;
            foreach (var variable in container.Objects("env"))
            {
                var here = $"{at}.env[{i++}].valueFrom.fileKeyRef.volumeName";
                if (variable.Object("valueFrom")?.Object("fileKeyRef") is not { } file)
                {
                    continue;
                }
                var name = file.Text("volumeName");
                var volume = spec.Objects("volumes").LastOrDefault(volume => volume.Text("name") == name);
                if (volume is null)
                {
                    errors.Add(FieldError.NotFound(here, name));
                }
                else if (!volume.ContainsKey("emptyDir"))
                {
                    errors.Invalid(here, name, "referenced volume must be of type emptyDir");
                }
            }
        }
    }

    private static void FileKey(JsonObject file, string at, FieldErrors errors)
    {
        Present(file, "key", Names.EnvironmentVariable, at, errors);
        Present(file, "volumeName", Names.DnsLabel, at, errors);
        Present(file, "path", static _ => [], at, errors);
        MountRules.NoBacksteps(file.Text("path"), $"{at}.path", errors);
    }

    private static void Present(JsonObject obj, string name, Func<string, string[]> form, string at, FieldErrors errors)
    {
        if (obj.Text(name) is { Length: > 0 } value)
        {
            errors.Invalid($"{at}.{name}", value, form(value));
        }
        else
        {
            errors.Required($"{at}.{name}");
        }
    }

    private static void Divisor(string divisor, string resource, string field, FieldErrors errors)
    {
        if (!Quantity.TryParse(divisor, out var amount) || amount.IsZero)
        {
            return;
        }
        var kind = resource[(resource.IndexOf('.') + 1)..];
        if (kind == "cpu")
        {
            if (amount.ToString() is not ("1m" or "1"))
            {
                errors.Invalid(field, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
            }
            return;
        }
        var name = kind switch
        {
            "memory" => "memory",
            "ephemeral-storage" => "local ephemeral storage",
            _ when kind.StartsWith("hugepages-", StringComparison.Ordinal) => "hugepages",
            _ => null,
        };
        if (name is not null && amount.ToString() is not ("1" or "1k" or "1M" or "1G" or "1T" or "1P" or "1E" or "1Ki" or "1Mi" or "1Gi" or "1Ti" or "1Pi" or "1Ei"))
        {
            errors.Invalid(field, resource, $"only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {name} resource");
        }
    }

    private static bool IsKnownField(string path) =>
        s_envFields.Contains(path) || s_volumeFields.Contains(path) || path is "spec.restartPolicy" or "spec.schedulerName" or "status.phase" or "spec.hostNetwork"
            or "status.nominatedNodeName" || (path.EndsWith(']') && path.Contains('['));

    private static void ValueFrom(JsonObject variable, JsonObject source, string at, FieldErrors errors)
    {
        var count = 0;
        foreach (var (name, value) in source)
        {
            if (value is not JsonObject reference)
            {
                continue;
            }
            count++;
            switch (name)
            {
                case "fieldRef":
                    FieldRef(reference, $"{at}.{name}", errors, forVolume: false);
                    break;
                case "resourceFieldRef":
                    ResourceFieldRef(reference, $"{at}.{name}", errors, forVolume: false);
                    break;
                case "configMapKeyRef" or "secretKeyRef":
                    errors.Invalid($"{at}.{name}.name", reference.Text("name"), Names.DnsSubdomain(reference.Text("name")));
                    if (reference.Text("key").Length == 0)
                    {
                        errors.Required($"{at}.{name}.key");
                    }
                    else
                    {
                        errors.Invalid($"{at}.{name}.key", reference.Text("key"), Names.ConfigMapKey(reference.Text("key")));
                    }
                    break;
            }
        }
        if (source.Object("fileKeyRef") is { } file)
        {
            FileKey(file, $"{at}.fileKeyRef", errors);
        }
        if (count == 0)
        {
            errors.Invalid(at, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        }
        else if (variable.Text("value").Length > 0)
        {
            errors.Invalid(at, "", "may not be specified when `value` is not empty");
        }
        else if (count > 1)
        {
            errors.Invalid(at, "", "may not have more than one field specified at a time");
        }
    }

    private static void From(JsonObject source, string list, int index, FieldErrors errors)
    {
        var at = $"{list}[{index}]";
        if (source.Text("prefix") is { Length: > 0 } prefix)
        {
            errors.Invalid($"{at}.prefix", prefix, Names.EnvironmentVariable(prefix));
        }
        var count = 0;
        foreach (var name in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
        {
            if (source.Object(name) is not { } reference)
            {
                continue;
            }
            count++;
            if (reference.Text("name") is { Length: > 0 } referred)
            {
                // Names may be the beginning of generated ones here.
                errors.Invalid($"{at}.{name}.name", referred, Names.DnsSubdomain(Names.MaskTrailingDash(referred)));
            }
            else
            {
                errors.Required($"{at}.{name}.name");
            }
        }
        // The original names the list here, not its item.
        if (count == 0)
        {
            errors.Invalid(list, "", "must specify one of: `configMapRef` or `secretRef`");
        }
        else if (count > 1)
        {
            errors.Invalid(list, "", "may not have more than one field specified at a time");
        }
    }
}
