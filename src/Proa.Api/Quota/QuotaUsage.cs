using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Quota;

/// <summary>
/// What an object counts for under a ResourceQuota, and which of a quota's resources concern which collection. Pure.
/// Collections are named without a version: <c>pods</c>, <c>deployments.apps</c>.
/// </summary>
public static class QuotaUsage
{
    private const string Requests = "requests.";
    private const string ClassSuffix = ".storageclass.storage.k8s.io/";
    private const string DeviceSuffix = ".deviceclass.resource.k8s.io/devices";

    // The original's limit of results in one allocation.
    private const long MostDevices = 32;

    private static readonly Quantity s_one = Quantity.FromLong(1);

    /// <param name="now">A pod whose grace is over for longer is not counted any more.</param>
    public static ResourceList Of(string collection, JsonObject obj, DateTimeOffset now)
    {
        var usage = new ResourceList { ["count/" + collection] = s_one };
        switch (collection)
        {
            case "pods":
                if (IsAlive(obj, now))
                {
                    Compute(PodAmounts.Of(obj, "requests", running: true), PodAmounts.Of(obj, "limits", running: true), usage);
                }
                break;
            case "services":
                Service(obj.Object("spec") ?? [], usage);
                break;
            case "persistentvolumeclaims":
                Claim(obj, usage);
                break;
            case "resourceclaims.resource.k8s.io":
                Devices(obj, usage);
                break;
            case "configmaps" or "secrets" or "replicationcontrollers" or "resourcequotas":
                usage[collection] = s_one;
                break;
        }
        return usage;
    }

    /// <summary>Whether a resource that a quota names is counted in that collection.</summary>
    public static bool Concerns(string collection, string resource) => resource == "count/" + collection || collection switch
    {
        "pods" => resource is "pods" or "cpu" or "memory" or "ephemeral-storage" or "requests.cpu" or "requests.memory" or "requests.ephemeral-storage"
                or "limits.cpu" or "limits.memory" or "limits.ephemeral-storage"
            || resource.StartsWith("hugepages-", StringComparison.Ordinal) || resource.StartsWith("requests.hugepages-", StringComparison.Ordinal)
            || IsExtended(resource),
        "services" => resource is "services" or "services.nodeports" or "services.loadbalancers",
        "persistentvolumeclaims" => resource is "persistentvolumeclaims" or "requests.storage"
            || resource.EndsWith(ClassSuffix + "persistentvolumeclaims", StringComparison.Ordinal)
            || resource.EndsWith(ClassSuffix + "requests.storage", StringComparison.Ordinal),
        "resourceclaims.resource.k8s.io" => resource.EndsWith(DeviceSuffix, StringComparison.Ordinal),
        "configmaps" or "secrets" or "replicationcontrollers" or "resourcequotas" => resource == collection,
        _ => false,
    };

    /// <summary>The collection in which a resource that a quota names is counted; null: nothing counts it.</summary>
    public static string? CollectionOf(string resource)
    {
        if (resource.StartsWith("count/", StringComparison.Ordinal))
        {
            return resource["count/".Length..];
        }
        foreach (var collection in (ReadOnlySpan<string>)["pods", "services", "persistentvolumeclaims", "resourceclaims.resource.k8s.io", "configmaps", "secrets", "replicationcontrollers", "resourcequotas"])
        {
            if (Concerns(collection, resource))
            {
                return collection;
            }
        }
        return null;
    }

    /// <summary>
    /// A quota on CPU or memory asks each container to say how much; null: all do. Otherwise the words that follow
    /// "failed quota: NAME: ".
    /// </summary>
    public static string? Missing(IEnumerable<string> resources, JsonObject pod)
    {
        var spec = pod.Object("spec");
        if (spec?.Object("resources") is { } whole && (whole.Object("requests") is { Count: > 0 } || whole.Object("limits") is { Count: > 0 }))
        {
            return null;
        }
        SortedDictionary<string, SortedSet<string>>? missing = null;
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var container in PodAmounts.Containers(spec, list))
            {
                var said = new ResourceList();
                var given = container.Object("resources");
                Compute(ResourceList.Of(given?.Object("requests")), ResourceList.Of(given?.Object("limits")), said);
                foreach (var resource in resources)
                {
                    if (resource is "cpu" or "memory" or "requests.cpu" or "requests.memory" or "limits.cpu" or "limits.memory" && !said.ContainsKey(resource))
                    {
                        missing ??= new(StringComparer.Ordinal);
                        if (!missing.TryGetValue(resource, out var names))
                        {
                            missing[resource] = names = new(StringComparer.Ordinal);
                        }
                        names.Add(container.String("name") ?? "");
                    }
                }
            }
        }
        return missing is null ? null : "must specify " + string.Join("; ", missing.Select(static item => $"{item.Key} for: {string.Join(",", item.Value)}"));
    }

    private static void Compute(ResourceList requests, ResourceList limits, ResourceList usage)
    {
        usage["pods"] = s_one;
        foreach (var (name, amount) in requests)
        {
            if (name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                usage[name] = amount;
                usage[Requests + name] = amount;
            }
            else if (name.Contains('/') && !name.Contains("kubernetes.io/", StringComparison.Ordinal))
            {
                usage[Requests + name] = amount;
            }
        }
        foreach (var (name, amount) in limits)
        {
            if (name is "cpu" or "memory" or "ephemeral-storage")
            {
                usage["limits." + name] = amount;
            }
        }
    }

    private static void Service(JsonObject spec, ResourceList usage)
    {
        var ports = spec.Array("ports");
        long nodePorts = 0, balancers = 0;
        switch (spec.String("type"))
        {
            case "NodePort":
                nodePorts = ports?.Count ?? 0;
                break;
            case "LoadBalancer":
                balancers = 1;
                // Where none are allocated, those count that were asked for.
                nodePorts = spec.Bool("allocateLoadBalancerNodePorts") == false
                    ? ports?.Count(static port => (port as JsonObject)?.Int("nodePort") is { } number and not 0) ?? 0
                    : ports?.Count ?? 0;
                break;
        }
        usage["services"] = s_one;
        usage["services.nodeports"] = Quantity.FromLong(nodePorts);
        usage["services.loadbalancers"] = Quantity.FromLong(balancers);
    }

    private static void Claim(JsonObject claim, ResourceList usage)
    {
        usage["persistentvolumeclaims"] = s_one;
        var name = claim.Object("metadata")?.Object("annotations")?.String("volume.beta.kubernetes.io/storage-class")
            ?? claim.Object("spec")?.String("storageClassName") ?? "";
        if (name.Length > 0)
        {
            usage[name + ClassSuffix + "persistentvolumeclaims"] = s_one;
        }
        if (!ResourceList.Of(claim.Object("spec")?.Object("resources")?.Object("requests")).TryGetValue("storage", out var storage))
        {
            return;
        }
        if (ResourceList.Of(claim.Object("status")?.Object("allocatedResources")).TryGetValue("storage", out var allocated) && allocated > storage)
        {
            storage = allocated;
        }
        // Whole bytes.
        storage = storage == Quantity.FromLong(storage.Value) ? storage : Quantity.FromLong(storage.Value, storage.Format);
        usage["requests.storage"] = storage;
        if (name.Length > 0)
        {
            usage[name + ClassSuffix + "requests.storage"] = storage;
        }
    }

    /// <summary>Per class as many as may be allocated at worst: of alternatives the most.</summary>
    private static void Devices(JsonObject claim, ResourceList usage)
    {
        foreach (var request in (claim.Object("spec")?.Object("devices")?.Array("requests") ?? []).OfType<JsonObject>())
        {
            var most = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var one in request.Array("firstAvailable") is { Count: > 0 } alternatives ? alternatives.OfType<JsonObject>() : request.Object("exactly") is { } exactly ? [exactly] : [])
            {
                var count = one.String("allocationMode") switch { "ExactCount" or null => one.Int("count") ?? 1, "All" => MostDevices, _ => 0 };
                var name = (one.String("deviceClassName") ?? "") + DeviceSuffix;
                most[name] = Math.Max(most.GetValueOrDefault(name), count);
            }
            foreach (var (name, count) in most)
            {
                usage[name] = usage.GetValueOrDefault(name) + Quantity.FromLong(count);
            }
        }
    }

    private static bool IsExtended(string resource) =>
        resource.StartsWith(Requests, StringComparison.Ordinal) && resource.Contains('/')
        && (!resource.Contains("kubernetes.io/", StringComparison.Ordinal)
            || resource.StartsWith("requests.deviceclass.resource.kubernetes.io/", StringComparison.Ordinal));

    /// <summary>It is not over, and not stuck in its end.</summary>
    private static bool IsAlive(JsonObject pod, DateTimeOffset now)
    {
        if (pod.Object("status")?.String("phase") is "Failed" or "Succeeded")
        {
            return false;
        }
        var metadata = pod.Object("metadata");
        return metadata?.String("deletionTimestamp") is not { } text || metadata.Int("deletionGracePeriodSeconds") is not { } grace
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var until) || now <= until.AddSeconds(grace);
    }
}
