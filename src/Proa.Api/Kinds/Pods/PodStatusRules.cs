using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod's status may say, and what it may not take back. Source: core validation of Kubernetes 1.36.</summary>
internal static class PodStatusRules
{
    private const string OnePerFamily = "may specify no more than one IP for each IP family";

    private static readonly string[] s_lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];

    public static void Check(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (spec, status, before) = (obj.Sub("spec"), obj.Sub("status"), old.Sub("status"));
        Conditions(status, errors);
        Nomination(spec, status, before, errors);
        if (status.Int("observedGeneration") is { } generation and < 0)
        {
            errors.Invalid("status.observedGeneration", generation, "must be a non-negative integer");
        }
        if (status.Text("qosClass") != before.Text("qosClass"))
        {
            errors.Invalid("status.qosClass", status.Text("qosClass"), "field is immutable");
        }
        Ended(spec, status, before, errors);
        Claims(spec, status, errors);
        ExtendedClaim(spec, status.Object("extendedResourceClaimStatus"), errors);
        Addresses("podIPs", null, status, before, errors);
        Addresses("hostIPs", "hostIP", status, before, errors);
        ContainerStatusRules.Check(spec, status, errors);
    }

    private static void Conditions(JsonObject status, FieldErrors errors)
    {
        var i = 0;
        foreach (var condition in status.Objects("conditions"))
        {
            if (condition.Int("observedGeneration") is { } generation and < 0)
            {
                errors.Invalid($"status.conditions[{i}].observedGeneration", generation, "must be a non-negative integer");
            }
            var type = condition.Text("type");
            if (type is not ("PodScheduled" or "Ready" or "Initialized"))
            {
                errors.Invalid($"status.conditions[{i}].Type", type, Names.QualifiedName(type));
            }
            i++;
        }
    }

    private static void Nomination(JsonObject spec, JsonObject status, JsonObject before, FieldErrors errors)
    {
        const string At = "status.nominatedNodeName";
        var node = status.Text("nominatedNodeName");
        if (node.Length == 0 || node == before.Text("nominatedNodeName"))
        {
            return;
        }
        errors.Invalid(At, node, Names.DnsSubdomain(node));
        if (spec.Text("nodeName").Length > 0)
        {
            errors.Forbidden(At, "may not be set on pods that are already bound to a node");
        }
    }

    /// <summary>What has ended goes on only where its policy, or a rule for its exit code, lets it.</summary>
    private static void Ended(JsonObject spec, JsonObject status, JsonObject before, FieldErrors errors)
    {
        var all = spec.Objects("initContainers").Concat(spec.Objects("containers"))
            .Any(static one => one.Objects("restartPolicyRules").Any(static rule => rule.Text("action") == "RestartAllContainers"));
        foreach (var list in s_lists)
        {
            var ephemeral = list == "ephemeralContainerStatuses";
            if (all && !ephemeral)
            {
                continue;
            }
            var i = -1;
            foreach (var old in before.Objects(list))
            {
                i++;
                if (old.At("state", "terminated") is not { } end
                    || status.Objects(list).FirstOrDefault(one => one.Text("name") == old.Text("name")) is not { } now || now.At("state", "terminated") is not null)
                {
                    continue;
                }
                var container = ephemeral ? null
                    : spec.Objects(list == "containerStatuses" ? "containers" : "initContainers").FirstOrDefault(one => one.Text("name") == old.Text("name"));
                if (container is null || !Restarts(container, spec, end.Int("exitCode") ?? 0))
                {
                    errors.Forbidden($"status.{list}[{i}].state", "may not be transitioned to non-terminated state");
                }
            }
        }
    }

    private static bool Restarts(JsonObject container, JsonObject spec, long code)
    {
        if (container.String("restartPolicy") is { } own)
        {
            foreach (var rule in container.Objects("restartPolicyRules"))
            {
                var listed = rule.Sub("exitCodes").Array("values")?.Any(value => value is JsonNumber number && number.TryGetInt64(out var one) && one == code) == true;
                if (rule.Sub("exitCodes").Text("operator") switch { "In" => listed, "NotIn" => !listed, _ => false })
                {
                    return true;
                }
            }
            return Policy(own, code);
        }
        return Policy(spec.Text("restartPolicy"), code);
    }

    private static bool Policy(string policy, long code) => policy switch { "OnFailure" => code != 0, "Never" => false, _ => true };

    private static void Claims(JsonObject spec, JsonObject status, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var claim in status.Objects("resourceClaimStatuses"))
        {
            var at = $"status.resourceClaimStatuses[{i++}]";
            var name = claim.Text("name");
            if (!spec.Objects("resourceClaims").Any(one => one.Text("name") == name))
            {
                errors.Invalid($"{at}.name", name, "must match the name of an entry in `spec.resourceClaims`");
            }
            if (!seen.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            if (claim.String("resourceClaimName") is { } made)
            {
                errors.Invalid($"{at}.resourceClaimName", made, Names.DnsSubdomain(made));
            }
        }
    }

    /// <summary>Which of the claim's devices stand for which resource of which container.</summary>
    private static void ExtendedClaim(JsonObject spec, JsonObject? claim, FieldErrors errors)
    {
        const string At = "status.extendedResourceClaimStatus";
        if (claim is null)
        {
            return;
        }
        if (claim.Array("requestMappings") is not { Count: > 0 })
        {
            errors.Required($"{At}.requestMappings", "at least one request mapping is required");
        }
        var seen = new HashSet<(string, string, string)>();
        var i = 0;
        foreach (var mapping in claim.Objects("requestMappings"))
        {
            var at = $"{At}.requestMappings[{i++}]";
            var (container, resource, request) = (mapping.Text("containerName"), mapping.Text("resourceName"), mapping.Text("requestName"));
            if (spec.Objects("initContainers").Concat(spec.Objects("containers")).LastOrDefault(one => one.Text("name") == container) is not { } named)
            {
                errors.Invalid($"{at}.containerName", container, "must match the name of an entry in spec.initContainers.name or spec.containers.name");
            }
            else if (!named.Sub("resources", "requests").ContainsKey(resource))
            {
                errors.Invalid($"{at}.resourceName", resource,
                    "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests");
            }
            errors.Invalid($"{At}.requestName", request, Names.DnsLabel(request));
            if (!seen.Add((container, resource, request)))
            {
                errors.Duplicate($"{at}.containerName", container);
                errors.Duplicate($"{at}.resourceName", resource);
                errors.Duplicate($"{at}.requestName", request);
            }
        }
        if (claim.Text("resourceClaimName") is { Length: > 0 } name)
        {
            errors.Invalid($"{At}.resourceClaimName", name, Names.DnsSubdomain(name));
        }
        else
        {
            errors.Required($"{At}.resourceClaimName");
        }
    }

    /// <summary>One address of each family, the first of which is the one that is also named alone.</summary>
    private static void Addresses(string list, string? alone, JsonObject status, JsonObject before, FieldErrors errors)
    {
        var ips = status.Objects(list).Select(static one => one.Text("ip")).ToList();
        if (ips.Count == 0)
        {
            return;
        }
        if (alone is not null && status.Text(alone) != ips[0])
        {
            errors.Invalid($"status.{list}[0].ip", ips[0], $"must be equal to `{alone}`");
        }
        var known = before.Objects(list).Select(static one => one.Text("ip")).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < ips.Count; i++)
        {
            if (!known.Contains(ips[i]))
            {
                Kinds.Addresses.Check(ips[i], $"status.{list}[{i}]", errors);
            }
        }
        if (ips.Count > 1 && ips.FindIndex(static ip => !Kinds.Addresses.TryParse(ip, out _)) is var wrong and >= 0)
        {
            errors.Add(FieldError.Internal($"status.{list}", $"failed to check for dual stack with error:invalid IP[{wrong}]: {ips[wrong]}"));
            errors.Invalid($"status.{list}", Shown(ips), OnePerFamily);
        }
        else if (ips.Count > 1 && (ips.Count > 2 || ips[0].Contains(':') == ips[1].Contains(':')))
        {
            errors.Invalid($"status.{list}", Shown(ips), OnePerFamily);
        }
    }

    private static JsonArray Shown(List<string> ips) => new(ips.Select(static ip => (JsonValue)new JsonObject { ["IP"] = ip }));
}
