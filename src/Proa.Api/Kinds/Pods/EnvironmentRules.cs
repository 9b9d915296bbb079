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
            From(source, $"{path}.envFrom[{i++}]", errors);
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
                    errors.Invalid(at, path, "does not support subscript");
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
    }

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
                    if (reference.Text("name").Length == 0)
                    {
                        errors.Required($"{at}.{name}.name");
                    }
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

    private static void From(JsonObject source, string at, FieldErrors errors)
    {
        if (source.Text("prefix") is { Length: > 0 } prefix)
        {
            errors.Invalid($"{at}.prefix", prefix, Names.EnvironmentVariable(prefix));
        }
        var count = 0;
        foreach (var name in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
        {
            if (source.Object(name) is { } reference)
            {
                count++;
                if (reference.Text("name").Length == 0)
                {
                    errors.Required($"{at}.{name}.name");
                }
            }
        }
        if (count == 0)
        {
            errors.Invalid(at, "", "must specify one of: `configMapRef` or `secretRef`");
        }
        else if (count > 1)
        {
            errors.Invalid(at, "", "may not have more than one field specified at a time");
        }
    }
}
