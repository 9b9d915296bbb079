using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a container's mounts and devices must be like.</summary>
internal static class MountRules
{
    public static void Check(JsonObject container, string path, Dictionary<string, JsonObject> volumes, FieldErrors errors)
    {
        var devices = container.Objects("volumeDevices").ToList();
        var mounts = container.Objects("volumeMounts").ToList();
        Mounts(container, mounts, devices, $"{path}.volumeMounts", volumes, errors);
        Devices(devices, mounts, $"{path}.volumeDevices", volumes, errors);
    }

    /// <summary>A relative path that does not lead upwards.</summary>
    public static void DescendingPath(string path, string field, FieldErrors errors)
    {
        if (path.StartsWith('/'))
        {
            errors.Invalid(field, path, "must be a relative path");
        }
        NoBacksteps(path, field, errors);
    }

    public static void NoBacksteps(string path, string field, FieldErrors errors)
    {
        if (Backsteps(path))
        {
            errors.Invalid(field, path, "must not contain '..'");
        }
    }

    private static bool Backsteps(string path) => path.Contains("..", StringComparison.Ordinal) && path.Split('/').Contains("..");

    private static void Mounts(
        JsonObject container, List<JsonObject> mounts, List<JsonObject> devices, string field, Dictionary<string, JsonObject> volumes, FieldErrors errors)
    {
        HashSet<string>? paths = null;
        var i = 0;
        foreach (var mount in mounts)
        {
            var at = $"{field}[{i++}]";
            var name = mount.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            if (!volumes.ContainsKey(name))
            {
                errors.Add(FieldError.NotFound($"{at}.name", name));
            }
            var mountPath = mount.Text("mountPath");
            if (mountPath.Length == 0)
            {
                errors.Required($"{at}.mountPath");
            }
            if (!(paths ??= new(StringComparer.Ordinal)).Add(mountPath))
            {
                errors.Invalid($"{at}.mountPath", mountPath, "must be unique");
            }
            if (devices.Exists(device => device.Text("name") == name))
            {
                errors.Invalid($"{at}.name", name, "must not already exist in volumeDevices");
            }
            if (devices.Exists(device => device.Text("devicePath") == mountPath))
            {
                errors.Invalid($"{at}.mountPath", mountPath, "must not already exist as a path in volumeDevices");
            }
            // The original names the fields below without an index.
            if (mount.Text("subPath") is { Length: > 0 } sub)
            {
                DescendingPath(sub, $"{field}.subPath", errors);
            }
            if (mount.Text("subPathExpr") is { Length: > 0 } expression)
            {
                if (mount.Text("subPath").Length > 0)
                {
                    errors.Invalid($"{at}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive");
                }
                DescendingPath(expression, $"{field}.subPathExpr", errors);
            }
            Propagation(container, mount, field, errors);
            RecursiveReadOnly(mount, $"{field}.recursiveReadOnly", errors);
        }
    }

    private static void Propagation(JsonObject container, JsonObject mount, string field, FieldErrors errors)
    {
        if (mount.String("mountPropagation") is not { } propagation)
        {
            return;
        }
        if (propagation is not ("None" or "HostToContainer" or "Bidirectional"))
        {
            errors.NotSupported($"{field}.mountPropagation", propagation, "Bidirectional", "HostToContainer", "None");
        }
        else if (propagation == "Bidirectional" && container.Object("securityContext")?.Bool("privileged") != true)
        {
            errors.Forbidden($"{field}.mountPropagation", "Bidirectional mount propagation is available only to privileged containers");
        }
    }

    private static void RecursiveReadOnly(JsonObject mount, string field, FieldErrors errors)
    {
        switch (mount.String("recursiveReadOnly"))
        {
            case null or "Disabled":
                break;
            case "Enabled" or "IfPossible":
                if (mount.Bool("readOnly") != true)
                {
                    errors.Forbidden(field, "may only be specified when readOnly is true");
                }
                if (mount.String("mountPropagation") is { } propagation and not "None")
                {
                    errors.Forbidden(field, "may only be specified when mountPropagation is None or not specified");
                }
                break;
            case var other:
                errors.NotSupported(field, other, "Disabled", "Enabled", "IfPossible");
                break;
        }
    }

    private static void Devices(List<JsonObject> devices, List<JsonObject> mounts, string field, Dictionary<string, JsonObject> volumes, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var device in devices)
        {
            var at = $"{field}[{i++}]";
            var (name, path) = (device.Text("name"), device.Text("devicePath"));
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            if (names.Contains(name))
            {
                errors.Invalid($"{at}.name", name, "must be unique");
            }
            if (!volumes.TryGetValue(name, out var volume))
            {
                errors.Add(FieldError.NotFound($"{at}.name", name));
            }
            else if (!volume.ContainsKey("persistentVolumeClaim") && !volume.ContainsKey("ephemeral"))
            {
                errors.Invalid($"{at}.name", name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
            if (path.Length == 0)
            {
                errors.Required($"{at}.devicePath");
            }
            if (paths.Contains(path))
            {
                errors.Invalid($"{at}.devicePath", path, "must be unique");
            }
            if (Backsteps(path))
            {
                errors.Invalid($"{at}.devicePath", path, "can not contain backsteps ('..')");
            }
            else
            {
                paths.Add(path);
            }
            if (mounts.Exists(mount => mount.Text("name") == name))
            {
                errors.Invalid($"{at}.name", name, "must not already exist in volumeMounts");
            }
            if (mounts.Exists(mount => mount.Text("mountPath") == path))
            {
                errors.Invalid($"{at}.devicePath", path, "must not already exist as a path in volumeMounts");
            }
            if (name.Length > 0)
            {
                names.Add(name);
            }
        }
    }
}
