using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's spec must be like. Source: core validation of Kubernetes 1.36; the order of checks is the order of messages.</summary>
internal static class PodSpecRules
{
    public static void CheckTemplate(JsonObject? template, string path, FieldErrors errors)
    {
        var metadata = template?.Object("metadata");
        var spec = template?.Object("spec") ?? new JsonObject();
        CheckMetadata(metadata, spec, path, errors);
        Check(spec, $"{path}.spec", errors);
        ProfileRules.Check(metadata?.Object("annotations"), spec, $"{path}.spec", errors);
        if (spec.Array("ephemeralContainers") is { Count: > 0 })
        {
            errors.Forbidden($"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template");
        }
    }

    /// <summary>A template's labels and annotations, which the original names as if they were the template's own members.</summary>
    public static void CheckMetadata(JsonObject? metadata, JsonObject spec, string path, FieldErrors errors)
    {
        ObjectMetaRules.Labels(metadata?.Object("labels"), $"{path}.labels", errors);
        ObjectMetaRules.Annotations(metadata?.Object("annotations"), $"{path}.annotations", errors);
        PodAnnotationRules.Check(metadata?.Object("annotations"), spec, $"{path}.annotations", errors);
    }

    /// <param name="pod">The pod itself; null for a template.</param>
    public static void Check(JsonObject spec, string path, FieldErrors errors, JsonObject? pod = null)
    {
        var volumes = VolumeRules.Check(spec, path, errors, pod);
        var facts = new PodFacts(spec, volumes);
        PodClaimRules.Check(spec, path, errors);
        Containers(spec, path, facts, errors);
        EphemeralContainerRules.Check(spec, path, facts, errors);
        PodResourceRules.Check(spec, $"{path}.resources", errors);
        HostNetwork(spec, path, errors, pod is not null);
        errors.OneOf($"{path}.restartPolicy", spec.Text("restartPolicy"), "Always", "OnFailure", "Never");
        errors.OneOf($"{path}.dnsPolicy", spec.Text("dnsPolicy"), "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        ObjectMetaRules.Labels(spec.Object("nodeSelector"), $"{path}.nodeSelector", errors);
        SecurityContextRules.CheckPod(spec, path, errors);
        AffinityRules.Check(spec.Object("affinity"), $"{path}.affinity", errors);
        DnsRules.Check(spec, path, errors);
        SchedulingRules.ReadinessGates(spec, path, errors);
        SchedulingRules.SchedulingGates(spec, path, errors);
        TopologySpreadRules.Check(spec, path, errors);
        WindowsOptionRules.CheckHostProcess(spec, path, errors);
        HostUsers(spec, path, errors);
        DnsRules.Hostname(spec, path, errors);
        Name(spec, "serviceAccountName", path, errors, Names.DnsSubdomain);
        Name(spec, "nodeName", path, errors, Names.DnsSubdomain);
        if (spec.Int("activeDeadlineSeconds") is { } deadline && deadline is < 1 or > int.MaxValue)
        {
            errors.Invalid($"{path}.activeDeadlineSeconds", deadline, Names.InRange(1, int.MaxValue));
        }
        Name(spec, "hostname", path, errors, Names.DnsLabel);
        Name(spec, "subdomain", path, errors, Names.DnsLabel);
        SchedulingRules.Tolerations(spec, path, errors);
        DnsRules.HostAliases(spec, path, errors);
        Name(spec, "priorityClassName", path, errors, Names.DnsSubdomain);
        if (spec.String("runtimeClassName") is { } runtime)
        {
            errors.Invalid($"{path}.runtimeClassName", runtime, Names.DnsSubdomain(runtime));
        }
        if (spec.String("preemptionPolicy") is { } preemption)
        {
            errors.OneOf($"{path}.preemptionPolicy", preemption, "PreemptLowerPriority", "Never");
        }
        if (spec.Given("overhead") is JsonObject overhead)
        {
            ResourceRules.CheckContainer(new JsonObject { ["limits"] = overhead }, $"{path}.overhead", errors, []);
        }
        PodOsRules.Check(spec, path, errors);
        EnvironmentRules.FileVolumes(spec, path, errors);
        if (pod is not null)
        {
            OnlyOfPods(spec, path, errors);
        }
    }

    /// <summary>Images of templates may have blanks around them, those of pods may not.</summary>
    public static void Trimmed(JsonObject container, string at, FieldErrors errors)
    {
        var image = container.Text("image");
        if (image.Length != image.Trim().Length)
        {
            errors.Invalid($"{at}.image", image, "must not have leading or trailing whitespace");
        }
    }

    /// <summary>Visits every container with its path.</summary>
    public static IEnumerable<(JsonObject Container, string At)> AllContainers(JsonObject spec, string path)
    {
        foreach (var list in (string[])["initContainers", "containers", "ephemeralContainers"])
        {
            var i = 0;
            foreach (var container in spec.Objects(list))
            {
                yield return (container, $"{path}.{list}[{i++}]");
            }
        }
    }

    private static void OnlyOfPods(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec.Text("serviceAccountName").Length == 0)
        {
            var v = 0;
            foreach (var volume in spec.Objects("volumes"))
            {
                var s = 0;
                foreach (var source in volume.Object("projected")?.Objects("sources") ?? [])
                {
                    if (source.ContainsKey("serviceAccountToken"))
                    {
                        errors.Forbidden($"{path}.volumes[{v}].projected.sources[{s}].serviceAccountToken", "must not be specified when serviceAccountName is not set");
                    }
                    s++;
                }
                v++;
            }
        }
        foreach (var (container, at) in AllContainers(spec, path))
        {
            if (!at.Contains("ephemeralContainers", StringComparison.Ordinal))
            {
                Trimmed(container, at, errors);
            }
        }
    }

    private static void Containers(JsonObject spec, string path, PodFacts facts, FieldErrors errors)
    {
        if (spec.Array("containers") is not { Count: > 0 })
        {
            errors.Required($"{path}.containers");
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        var ports = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var container in spec.Objects("containers"))
        {
            var at = $"{path}.containers[{i++}]";
            ContainerRules.CheckRegular(container, at, facts, errors);
            if (!names.Add(container.Text("name")))
            {
                errors.Duplicate($"{at}.name", container.Text("name"));
            }
            HostPorts(container, at, ports, errors);
        }
        i = 0;
        foreach (var container in spec.Objects("initContainers"))
        {
            var at = $"{path}.initContainers[{i++}]";
            ContainerRules.CheckInit(container, at, facts, errors);
            var name = container.Text("name");
            if (names.Contains(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            else if (name.Length > 0)
            {
                names.Add(name);
            }
            // Init containers run one by one; the original names each the first.
            HostPorts(container, $"{path}.initContainers[0]", new(StringComparer.Ordinal), errors);
        }
    }

    private static void HostPorts(JsonObject container, string at, HashSet<string> seen, FieldErrors errors)
    {
        var p = 0;
        foreach (var port in container.Objects("ports"))
        {
            if (port.Int("hostPort") is { } number and not 0)
            {
                var text = $"{port.Text("protocol")}/{port.Text("hostIP")}/{number}";
                if (!seen.Add(text))
                {
                    errors.Duplicate($"{at}.ports[{p}].hostPort", text);
                }
            }
            p++;
        }
    }

    private static void HostNetwork(JsonObject spec, string path, FieldErrors errors, bool isPod)
    {
        if (spec.Bool("hostNetwork") != true)
        {
            return;
        }
        var c = 0;
        foreach (var container in spec.Objects("containers"))
        {
            var p = 0;
            foreach (var port in container.Objects("ports"))
            {
                var host = port.Int("hostPort") ?? 0;
                if ((isPod || host != 0) && host != port.Int("containerPort"))
                {
                    errors.Invalid($"{path}.containers[{c}].ports[{p}].hostPort", host, "must match `containerPort` when `hostNetwork` is true");
                }
                p++;
            }
            c++;
        }
    }

    private static void HostUsers(JsonObject spec, string path, FieldErrors errors)
    {
        const string WhenNot = "when `hostUsers` is false";
        if (spec.Bool("hostUsers") != false)
        {
            return;
        }
        foreach (var (name, shown) in (ReadOnlySpan<(string, string)>)[("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")])
        {
            if (spec.Bool(name) == true)
            {
                errors.Forbidden($"{path}.{shown}", WhenNot);
            }
        }
        foreach (var (container, at) in AllContainers(spec, path))
        {
            if (container.Array("volumeDevices") is { Count: > 0 })
            {
                errors.Forbidden($"{at}.volumeDevices", WhenNot);
            }
        }
    }

    private static void Name(JsonObject spec, string field, string path, FieldErrors errors, Func<string, string[]> form)
    {
        if (spec.Text(field) is { Length: > 0 } name)
        {
            errors.Invalid($"{path}.{field}", name, form(name));
        }
    }
}
