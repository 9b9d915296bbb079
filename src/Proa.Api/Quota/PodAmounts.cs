using Proa.Api.Json;

namespace Proa.Api.Quota;

/// <summary>
/// What a pod asks for and is limited to: its containers run together, its init containers one after another beside the
/// sidecars started before them; what the pod asks for as a whole replaces the sum. Pure.
/// https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
/// </summary>
public static class PodAmounts
{
    /// <param name="list"><c>requests</c> or <c>limits</c>.</param>
    /// <param name="running">With the runtime's overhead, and what the containers were given already where that is more.</param>
    public static ResourceList Of(JsonObject pod, string list, bool running)
    {
        var spec = pod.Object("spec") ?? [];
        var status = running ? pod.Object("status") : null;
        var total = new ResourceList();
        foreach (var container in Containers(spec, "containers"))
        {
            total.Add(Container(container, list, status?.Array("containerStatuses")));
        }
        var sidecars = new ResourceList();
        var starting = new ResourceList();
        foreach (var container in Containers(spec, "initContainers"))
        {
            var mine = Container(container, list, status?.Array("initContainerStatuses"));
            if (container.String("restartPolicy") == "Always")
            {
                total.Add(mine);
                sidecars.Add(mine);
                starting.Max(sidecars);
            }
            else
            {
                mine.Add(sidecars);
                starting.Max(mine);
            }
        }
        total.Max(starting);
        foreach (var (name, amount) in ResourceList.Of(spec.Object("resources")?.Object(list)))
        {
            if (name is "cpu" or "memory" || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                total[name] = amount;
            }
        }
        if (running)
        {
            AddOverhead(total, ResourceList.Of(spec.Object("overhead")), list);
        }
        return total;
    }

    public static IEnumerable<JsonObject> Containers(JsonObject? spec, string list) => spec?.Array(list)?.OfType<JsonObject>() ?? [];

    private static void AddOverhead(ResourceList total, ResourceList overhead, string list)
    {
        if (list == "requests")
        {
            total.Add(overhead);
            return;
        }
        foreach (var (name, amount) in overhead)
        {
            // Without a limit there is nothing to raise.
            if (total.TryGetValue(name, out var limit) && !limit.IsZero)
            {
                total[name] = limit + amount;
            }
        }
    }

    private static ResourceList Container(JsonObject container, string list, JsonArray? statuses)
    {
        var amounts = ResourceList.Of(container.Object("resources")?.Object(list));
        foreach (var item in statuses ?? [])
        {
            if (item is JsonObject status && status.String("name") == container.String("name"))
            {
                amounts.Max(ResourceList.Of(status.Object("resources")?.Object(list)));
                if (list == "requests")
                {
                    amounts.Max(ResourceList.Of(status.Object("allocatedResources")));
                }
            }
        }
        return amounts;
    }
}
