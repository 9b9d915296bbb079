using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a container must be like.</summary>
internal static class ContainerRules
{
    public static void Check(
        JsonObject container, string at, Dictionary<string, JsonObject> volumes, FieldErrors errors, bool isInit, string podRestartPolicy)
    {
        var name = container.Text("name");
        if (name.Length == 0)
        {
            errors.Required($"{at}.name");
        }
        else
        {
            errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
        }
        var image = container.Text("image");
        if (image.Length == 0)
        {
            errors.Required($"{at}.image");
        }
        else if (image != image.Trim())
        {
            errors.Invalid($"{at}.image", image, "must not have leading or trailing whitespace");
        }
        if (container.Text("terminationMessagePolicy") is not ("File" or "FallbackToLogsOnError"))
        {
            errors.NotSupported($"{at}.terminationMessagePolicy", container["terminationMessagePolicy"], "FallbackToLogsOnError", "File");
        }
        Ports(container, at, errors);
        EnvironmentRules.Check(container, at, errors);
        Mounts(container, at, volumes, errors);
        Devices(container, at, volumes, errors);
        if (container.Text("imagePullPolicy") is var pull && pull is not ("Always" or "IfNotPresent" or "Never"))
        {
            errors.NotSupported($"{at}.imagePullPolicy", pull, "Always", "IfNotPresent", "Never");
        }
        ResourceRules.CheckContainer(container.Object("resources"), $"{at}.resources", errors);
        Restart(container, at, errors, isInit);
        SecurityContextRules.CheckContainer(container.Object("securityContext"), $"{at}.securityContext", errors);
        Probes(container, at, errors, isInit);
    }

    private static void Restart(JsonObject container, string at, FieldErrors errors, bool isInit)
    {
        if (container.String("restartPolicy") is { } policy)
        {
            if (isInit)
            {
                if (policy is not ("Always" or "OnFailure" or "Never"))
                {
                    errors.NotSupported($"{at}.restartPolicy", policy, "Always", "OnFailure", "Never");
                }
            }
            else if (policy is not ("Always" or "OnFailure" or "Never"))
            {
                errors.NotSupported($"{at}.restartPolicy", policy, "Always", "OnFailure", "Never");
            }
        }
    }

    private static void Probes(JsonObject container, string at, FieldErrors errors, bool isInit)
    {
        var restartable = !isInit || container.Text("restartPolicy") == "Always";
        if (!restartable)
        {
            foreach (var name in (ReadOnlySpan<string>)["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
            {
                if (container.ContainsKey(name))
                {
                    errors.Forbidden($"{at}.{name}", "may not be set for init containers without restartPolicy=Always");
                }
            }
            return;
        }
        if (container.Object("lifecycle") is { } lifecycle)
        {
            foreach (var name in (ReadOnlySpan<string>)["postStart", "preStop"])
            {
                if (lifecycle.Object(name) is { } hook)
                {
                    ProbeRules.Handler(hook, $"{at}.lifecycle.{name}", errors, isProbe: false);
                }
            }
        }
        ProbeRules.Check(container.Object("livenessProbe"), $"{at}.livenessProbe", errors, mustSucceedOnce: true);
        ProbeRules.Check(container.Object("readinessProbe"), $"{at}.readinessProbe", errors, mustSucceedOnce: false);
        ProbeRules.Check(container.Object("startupProbe"), $"{at}.startupProbe", errors, mustSucceedOnce: true);
    }

    private static void Ports(JsonObject container, string path, FieldErrors errors)
    {
        HashSet<string>? names = null;
        var i = 0;
        foreach (var port in container.Objects("ports"))
        {
            var at = $"{path}.ports[{i++}]";
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (Names.PortName(name) is { Length: > 0 } wrong)
                {
                    errors.Invalid($"{at}.name", name, wrong);
                }
                else if (!(names ??= new(StringComparer.Ordinal)).Add(name))
                {
                    errors.Duplicate($"{at}.name", name);
                }
            }
            var number = port.Int("containerPort") ?? 0;
            if (number == 0)
            {
                errors.Required($"{at}.containerPort");
            }
            else if (number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.containerPort", number, Names.InRange(1, 65535));
            }
            if (port.Int("hostPort") is { } hostPort and not 0 && hostPort is < 1 or > 65535)
            {
                errors.Invalid($"{at}.hostPort", hostPort, Names.InRange(1, 65535));
            }
            if (port.Text("protocol").Length == 0)
            {
                errors.Required($"{at}.protocol");
            }
            else if (port.Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
            {
                errors.NotSupported($"{at}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
            }
            if (port.Text("hostIP") is { Length: > 0 } ip)
            {
                Addresses.Check(ip, $"{at}.hostIP", errors);
            }
        }
    }

    private static void Mounts(JsonObject container, string path, Dictionary<string, JsonObject> volumes, FieldErrors errors)
    {
        HashSet<string>? paths = null;
        var i = 0;
        foreach (var mount in container.Objects("volumeMounts"))
        {
            var at = $"{path}.volumeMounts[{i++}]";
            var name = mount.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            if (!volumes.TryGetValue(name, out var volume))
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
            if (mount.Text("subPath") is { Length: > 0 } sub)
            {
                DescendingPath(sub, $"{at}.subPath", errors);
            }
            if (mount.Text("subPathExpr") is { Length: > 0 } expression)
            {
                if (mount.Text("subPath").Length > 0)
                {
                    errors.Invalid($"{at}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive");
                }
                DescendingPath(expression, $"{at}.subPathExpr", errors);
            }
            if (mount.Text("mountPropagation") is { Length: > 0 } propagation)
            {
                if (propagation is not ("None" or "HostToContainer" or "Bidirectional"))
                {
                    errors.NotSupported($"{at}.mountPropagation", propagation, "Bidirectional", "HostToContainer", "None");
                }
                else if (propagation == "Bidirectional" && container.Object("securityContext")?.Bool("privileged") != true)
                {
                    errors.Forbidden($"{at}.mountPropagation", "Bidirectional mount propagation is available only to privileged containers");
                }
            }
        }
    }

    private static void Devices(JsonObject container, string path, Dictionary<string, JsonObject> volumes, FieldErrors errors)
    {
        var i = 0;
        foreach (var device in container.Objects("volumeDevices"))
        {
            var at = $"{path}.volumeDevices[{i++}]";
            if (device.Text("name").Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (!volumes.TryGetValue(device.Text("name"), out var volume))
            {
                errors.Add(FieldError.NotFound($"{at}.name", device.Text("name")));
            }
            else if (!volume.ContainsKey("persistentVolumeClaim") && !volume.ContainsKey("ephemeral"))
            {
                errors.Invalid($"{at}.name", device.Text("name"), "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
            if (device.Text("devicePath").Length == 0)
            {
                errors.Required($"{at}.devicePath");
            }
        }
    }

    private static void DescendingPath(string path, string field, FieldErrors errors)
    {
        if (path.StartsWith('/'))
        {
            errors.Invalid(field, path, "must be a relative path");
        }
        else if (path.Split('/').Contains(".."))
        {
            errors.Invalid(field, path, "must not contain '..'");
        }
    }
}
