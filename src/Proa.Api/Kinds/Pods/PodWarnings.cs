using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's author should know although the pod is taken.</summary>
internal static class PodWarnings
{
    private const string NoSelector = "a null labelSelector results in matching no pod";

    private static readonly (string Volume, string Text)[] s_volumes =
    [
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ];

    /// <summary>That a name that is no label makes odd host names; null when it is one.</summary>
    /// <param name="use">What the name is used in.</param>
    public static string? OfName(JsonObject obj, string use) => Names.DnsLabel(obj.Sub("metadata").Text("name")) is { Length: > 0 } wrong
        ? $"metadata.name: this is used in {use}, which can result in surprising behavior; a DNS label is recommended: [{string.Join(' ', wrong)}]"
        : null;

    /// <param name="path">Of the template; empty for a pod.</param>
    public static void Add(JsonObject? template, string path, List<string> warnings)
    {
        if (template?.Object("spec") is not { } spec)
        {
            return;
        }
        var at = path.Length == 0 ? "spec" : $"{path}.spec";
        var annotations = template.Sub("metadata", "annotations");
        var annotationsAt = path.Length == 0 ? "metadata.annotations" : $"{path}.metadata.annotations";
        Nodes(spec, at, warnings);
        Annotations(annotations, annotationsAt, warnings);
        Volumes(spec, at, warnings);
        VolumePathWarnings.Add(spec, warnings);
        Lists(spec, at, warnings);
        foreach (var name in (ReadOnlySpan<string>)["memory", "ephemeral-storage"])
        {
            QuantityWarnings.Fractional(spec.Object("overhead"), name, $"{at}.overhead", warnings);
        }
        Seccomp(spec.Sub("securityContext"), annotations, "seccomp.security.alpha.kubernetes.io/pod", annotationsAt, warnings);
        ContainerWarnings.Add(spec, at, annotations, annotationsAt, path.Length > 0, warnings);
        if (spec.Int("terminationGracePeriodSeconds") < 0)
        {
            warnings.Add($"{at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1");
        }
        PodTerms(spec.Sub("affinity"), $"{at}.affinity", warnings);
        AddressForms(spec, at, warnings);
    }

    public static void Seccomp(JsonObject context, JsonObject annotations, string key, string at, List<string> warnings)
    {
        if (context.Object("seccompProfile") is null && annotations.ContainsKey(key))
        {
            warnings.Add($"{at}[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead");
        }
    }

    private static void Nodes(JsonObject spec, string at, List<string> warnings)
    {
        foreach (var (label, _) in spec.Sub("nodeSelector"))
        {
            if (NodeLabelWarnings.Of(label) is { } deprecated)
            {
                warnings.Add($"{at}.nodeSelector[{label}]: {deprecated}");
            }
        }
        var affinity = spec.Sub("affinity", "nodeAffinity");
        var affinityAt = $"{at}.affinity.nodeAffinity";
        var i = 0;
        foreach (var term in affinity.Sub("requiredDuringSchedulingIgnoredDuringExecution").Objects("nodeSelectorTerms"))
        {
            NodeLabelWarnings.Expressions(term, false, $"{affinityAt}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{i++}]", warnings);
        }
        i = 0;
        foreach (var term in affinity.Objects("preferredDuringSchedulingIgnoredDuringExecution"))
        {
            NodeLabelWarnings.Expressions(term.Sub("preference"), true, $"{affinityAt}.preferredDuringSchedulingIgnoredDuringExecution[{i++}].preference", warnings);
        }
        i = 0;
        foreach (var constraint in spec.Objects("topologySpreadConstraints"))
        {
            var here = $"{at}.topologySpreadConstraints[{i++}]";
            if (NodeLabelWarnings.Of(constraint.Text("topologyKey")) is { } deprecated)
            {
                warnings.Add($"{here}.topologyKey: {constraint.Text("topologyKey")} is {deprecated}");
            }
            if (constraint.Object("labelSelector") is null)
            {
                warnings.Add($"{here}.labelSelector: {NoSelector}");
            }
        }
    }

    private static void Annotations(JsonObject annotations, string at, List<string> warnings)
    {
        foreach (var (key, text) in (ReadOnlySpan<(string, string)>)[
            ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
            ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
            ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead")])
        {
            if (annotations.ContainsKey(key))
            {
                warnings.Add($"{at}[{key}]: {text}");
            }
        }
    }

    private static void Volumes(JsonObject spec, string at, List<string> warnings)
    {
        var i = 0;
        foreach (var volume in spec.Objects("volumes"))
        {
            var here = $"{at}.volumes[{i++}]";
            foreach (var (name, text) in s_volumes)
            {
                if (volume.Object(name) is not null)
                {
                    warnings.Add($"{here}.{(name == "storageos" ? "storageOS" : name)}: {text}");
                }
            }
            if (volume.At("ephemeral", "volumeClaimTemplate") is { } template)
            {
                QuantityWarnings.Claim(template.Object("spec"), $"{here}.ephemeral.volumeClaimTemplate.spec", warnings);
            }
        }
    }

    private static void Lists(JsonObject spec, string at, List<string> warnings)
    {
        Duplicates(spec, "hostAliases", "ip", at, warnings);
        Duplicates(spec, "imagePullSecrets", "name", at, warnings);
        var i = 0;
        foreach (var secret in spec.Objects("imagePullSecrets"))
        {
            if (secret.Text("name").Length == 0)
            {
                warnings.Add($"{at}.imagePullSecrets[{i}].name: invalid empty name \"\"");
            }
            i++;
        }
    }

    private static void Duplicates(JsonObject spec, string list, string key, string at, List<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var item in spec.Objects(list))
        {
            if (!seen.Add(item.Text(key)))
            {
                warnings.Add($"{at}.{list}[{i}].{key}: duplicate {key} {FieldError.Quote(item.Text(key))}");
            }
            i++;
        }
    }

    private static void PodTerms(JsonObject affinity, string at, List<string> warnings)
    {
        foreach (var kind in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            var terms = affinity.Sub(kind);
            var i = 0;
            foreach (var term in terms.Objects("requiredDuringSchedulingIgnoredDuringExecution"))
            {
                if (term.Object("labelSelector") is null)
                {
                    warnings.Add($"{at}.{kind}.requiredDuringSchedulingIgnoredDuringExecution[{i}].labelSelector: {NoSelector}");
                }
                i++;
            }
            i = 0;
            foreach (var term in terms.Objects("preferredDuringSchedulingIgnoredDuringExecution"))
            {
                if (term.Sub("podAffinityTerm").Object("labelSelector") is null)
                {
                    warnings.Add($"{at}.{kind}.preferredDuringSchedulingIgnoredDuringExecution[{i}].podAffinityTerm.labelSelector: {NoSelector}");
                }
                i++;
            }
        }
    }

    private static void AddressForms(JsonObject spec, string at, List<string> warnings)
    {
        var i = 0;
        foreach (var server in spec.Sub("dnsConfig").Array("nameservers") ?? [])
        {
            if (Addresses.Warning((server as JsonString)?.Value ?? "", $"{at}.dnsConfig.nameservers[{i++}]") is { } warning)
            {
                warnings.Add(warning);
            }
        }
        i = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            if (Addresses.Warning(alias.Text("ip"), $"{at}.hostAliases[{i++}].ip") is { } warning)
            {
                warnings.Add(warning);
            }
        }
    }
}
