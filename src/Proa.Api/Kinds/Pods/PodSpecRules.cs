using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's spec must be like. Source: core validation of Kubernetes 1.36; the order of checks is the order of messages.</summary>
internal static class PodSpecRules
{
    public static void CheckTemplate(JsonObject? template, string path, FieldErrors errors)
    {
        var metadata = template?.Object("metadata");
        ObjectMetaRules.Labels(metadata?.Object("labels"), $"{path}.metadata.labels", errors);
        ObjectMetaRules.Annotations(metadata?.Object("annotations"), $"{path}.metadata.annotations", errors);
        Check(template?.Object("spec") ?? new JsonObject(), $"{path}.spec", errors);
        if (template?.Object("spec")?.Array("ephemeralContainers") is { Count: > 0 })
        {
            errors.Forbidden($"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template");
        }
    }

    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        var volumes = VolumeRules.Check(spec, path, errors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (spec.Array("containers") is not { Count: > 0 })
        {
            errors.Required($"{path}.containers");
        }
        var restart = spec.Text("restartPolicy");
        Containers(spec, "containers", path, names, volumes, errors, isInit: false);
        Containers(spec, "initContainers", path, names, volumes, errors, isInit: true);
        HostPorts(spec, path, errors);
        errors.OneOf($"{path}.restartPolicy", restart, "Always", "OnFailure", "Never");
        errors.OneOf($"{path}.dnsPolicy", spec.Text("dnsPolicy"), "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        Dns(spec, path, errors);
        ObjectMetaRules.Labels(spec.Object("nodeSelector"), $"{path}.nodeSelector", errors);
        SecurityContextRules.CheckPod(spec, path, errors);
        PullSecrets(spec, path, errors);
        AffinityRules.Check(spec.Object("affinity"), $"{path}.affinity", errors);
        ReadinessGates(spec, path, errors);
        SchedulingGates(spec, path, errors);
        Spread(spec, path, errors);
        Name(spec, "serviceAccountName", path, errors, Names.DnsSubdomain);
        Name(spec, "nodeName", path, errors, Names.DnsSubdomain);
        if (spec.Int("activeDeadlineSeconds") is { } deadline && deadline is < 1 or > int.MaxValue)
        {
            errors.Invalid($"{path}.activeDeadlineSeconds", deadline, Names.InRange(1, int.MaxValue));
        }
        Name(spec, "hostname", path, errors, Names.DnsLabel);
        Name(spec, "subdomain", path, errors, Names.DnsLabel);
        Tolerations(spec, path, errors);
        HostAliases(spec, path, errors);
        Name(spec, "priorityClassName", path, errors, Names.DnsSubdomain);
        Name(spec, "runtimeClassName", path, errors, Names.DnsSubdomain);
        if (spec.Text("preemptionPolicy") is { Length: > 0 } preemption and not ("Never" or "PreemptLowerPriority"))
        {
            errors.NotSupported($"{path}.preemptionPolicy", preemption, "Never", "PreemptLowerPriority");
        }
        if (spec.Object("os") is { } os)
        {
            errors.OneOf($"{path}.os", os.Text("name"), "linux", "windows");
        }
    }

    private static void Containers(
        JsonObject spec, string list, string path, HashSet<string> names, Dictionary<string, JsonObject> volumes, FieldErrors errors, bool isInit)
    {
        var i = 0;
        foreach (var container in spec.Objects(list))
        {
            var at = $"{path}.{list}[{i++}]";
            ContainerRules.Check(container, at, volumes, errors, isInit, spec.Text("restartPolicy"));
            if (container.Text("name") is { Length: > 0 } name && !names.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
        }
    }

    private static void HostPorts(JsonObject spec, string path, FieldErrors errors)
    {
        HashSet<string>? seen = null;
        var c = 0;
        foreach (var container in spec.Objects("containers"))
        {
            var p = 0;
            foreach (var port in container.Objects("ports"))
            {
                if (port.Int("hostPort") is { } number and > 0)
                {
                    var text = $"{port.Text("protocol")}/{port.Text("hostIP")}/{number}";
                    if (!(seen ??= new(StringComparer.Ordinal)).Add(text))
                    {
                        errors.Duplicate($"{path}.containers[{c}].ports[{p}].hostPort", text);
                    }
                    if (spec.Bool("hostNetwork") == true && port.Int("containerPort") != number)
                    {
                        errors.Invalid($"{path}.containers[{c}].ports[{p}].containerPort", port["containerPort"], "must match `hostPort` when `hostNetwork` is true");
                    }
                }
                p++;
            }
            c++;
        }
    }

    private static void Dns(JsonObject spec, string path, FieldErrors errors)
    {
        var config = spec.Object("dnsConfig");
        if (spec.Text("dnsPolicy") == "None" && (config is null || config.Array("nameservers") is not { Count: > 0 }))
        {
            errors.Required(config is null ? $"{path}.dnsConfig" : $"{path}.dnsConfig.nameservers",
                config is null ? "must provide `dnsConfig` when `dnsPolicy` is None" : "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
        if (config is null)
        {
            return;
        }
        if (config.Array("nameservers") is { Count: > 3 } servers)
        {
            errors.Invalid($"{path}.dnsConfig.nameservers", servers, "must not have more than 3 nameservers");
        }
        var i = 0;
        foreach (var server in config.Array("nameservers") ?? [])
        {
            Addresses.Check((server as JsonString)?.Value ?? "", $"{path}.dnsConfig.nameservers[{i++}]", errors);
        }
        i = 0;
        foreach (var option in config.Objects("options"))
        {
            if (option.Text("name").Length == 0)
            {
                errors.Required($"{path}.dnsConfig.options[{i}]", "must not be empty");
            }
            i++;
        }
    }

    private static void PullSecrets(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var secret in spec.Objects("imagePullSecrets"))
        {
            if (secret.Text("name").Length == 0)
            {
                errors.Required($"{path}.imagePullSecrets[{i}].name");
            }
            i++;
        }
    }

    private static void ReadinessGates(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var gate in spec.Objects("readinessGates"))
        {
            errors.Invalid($"{path}.readinessGates[{i++}].conditionType", gate.Text("conditionType"), Names.QualifiedName(gate.Text("conditionType")));
        }
    }

    private static void SchedulingGates(JsonObject spec, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var gate in spec.Objects("schedulingGates"))
        {
            var name = gate.Text("name");
            errors.Invalid($"{path}.schedulingGates[{i}]", name, Names.QualifiedName(name));
            if (!seen.Add(name))
            {
                errors.Duplicate($"{path}.schedulingGates[{i}]", name);
            }
            i++;
        }
    }

    private static void Spread(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            var at = $"{path}.topologySpreadConstraints[{i++}]";
            if (constraint.Int("maxSkew") is not > 0)
            {
                errors.Invalid($"{at}.maxSkew", constraint["maxSkew"] ?? 0, "must be greater than zero");
            }
            if (constraint.Text("topologyKey").Length == 0)
            {
                errors.Required($"{at}.topologyKey", "can not be empty");
            }
            if (constraint.Text("whenUnsatisfiable") is not ("DoNotSchedule" or "ScheduleAnyway"))
            {
                errors.NotSupported($"{at}.whenUnsatisfiable", constraint["whenUnsatisfiable"], "DoNotSchedule", "ScheduleAnyway");
            }
            if (constraint.Int("minDomains") is { } domains)
            {
                if (domains <= 0)
                {
                    errors.Invalid($"{at}.minDomains", domains, "must be greater than zero");
                }
                else if (constraint.Text("whenUnsatisfiable") != "DoNotSchedule")
                {
                    errors.Invalid($"{at}.minDomains", domains, $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {constraint.Text("whenUnsatisfiable")}");
                }
            }
            LabelSelectorRules.Check(constraint.Object("labelSelector"), $"{at}.labelSelector", errors);
        }
    }

    private static void Tolerations(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var toleration in spec.Objects("tolerations"))
        {
            var at = $"{path}.tolerations[{i++}]";
            var key = toleration.Text("key");
            if (key.Length > 0)
            {
                errors.Invalid($"{at}.key", key, Names.QualifiedName(key));
            }
            var op = toleration.Text("operator");
            if (key.Length == 0 && op != "Exists")
            {
                errors.Invalid($"{at}.operator", op, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }
            if (toleration.ContainsKey("tolerationSeconds") && toleration.Text("effect") != "NoExecute")
            {
                errors.Invalid($"{at}.effect", toleration.Text("effect"), "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
            switch (op)
            {
                case "" or "Equal":
                    if (Names.LabelValue(toleration.Text("value")) is { Length: > 0 } wrong)
                    {
                        errors.Invalid($"{at}.operator", toleration.Text("value"), string.Join(";", wrong));
                    }
                    break;
                case "Exists":
                    if (toleration.Text("value") is { Length: > 0 } value)
                    {
                        errors.Invalid($"{at}.operator", value, "value must be empty when `operator` is 'Exists'");
                    }
                    break;
                default:
                    errors.NotSupported($"{at}.operator", op, "Equal", "Exists");
                    break;
            }
            if (toleration.Text("effect") is { Length: > 0 } effect and not ("NoSchedule" or "PreferNoSchedule" or "NoExecute"))
            {
                errors.NotSupported($"{at}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            }
        }
    }

    private static void HostAliases(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            Addresses.Check(alias.Text("ip"), $"{path}.hostAliases[{i}].ip", errors);
            foreach (var name in alias.Array("hostnames") ?? [])
            {
                errors.Invalid($"{path}.hostAliases[{i}].hostnames", (name as JsonString)?.Value ?? "", Names.DnsSubdomain((name as JsonString)?.Value ?? ""));
            }
            i++;
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
