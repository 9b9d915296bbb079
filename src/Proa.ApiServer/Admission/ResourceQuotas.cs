using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Refuses a create that would pass a ResourceQuota of its namespace. Usage is counted from what exists at that moment, not
/// from the quota's status. Quotas with scopes are left to the quota's own status.
/// </summary>
internal sealed class ResourceQuotas(IObjectStore store) : IAdmissionStep
{
    private static readonly Dictionary<string, string> s_counted = new(StringComparer.Ordinal)
    {
        ["pods"] = "pods",
        ["services"] = "services",
        ["secrets"] = "secrets",
        ["configmaps"] = "configmaps",
        ["persistentvolumeclaims"] = "persistentvolumeclaims",
        ["replicationcontrollers"] = "replicationcontrollers",
        ["resourcequotas"] = "resourcequotas",
    };

    public Status? Validate(AdmissionRequest request)
    {
        if (!request.IsCreate || request.Subresource.Length > 0 || request.Namespace.Length == 0)
        {
            return null;
        }
        var quotas = store.List("resourcequotas", request.Namespace)!.Items;
        if (quotas.Count == 0)
        {
            return null;
        }
        var wanted = Usage(request.Type.Collection, request.Object!);
        Dictionary<string, Quantity>? used = null;
        foreach (var item in quotas)
        {
            var spec = JsonTree.ParseObject(item.Json.Span).Object("spec");
            if (spec?.Array("scopes") is { Count: > 0 } || spec?.Object("scopeSelector") is not null)
            {
                continue;
            }
            var exceeded = new List<(string Name, Quantity Wanted, Quantity Used, Quantity Hard)>();
            var missing = new List<string>();
            foreach (var (name, limit) in spec?.Object("hard") ?? [])
            {
                if (!Quantity.TryParse((limit as JsonString)?.Value ?? limit.ToString(), out var hard))
                {
                    continue;
                }
                if (!wanted.TryGetValue(name, out var more))
                {
                    if (request.Type.Collection == "pods" && IsCompute(name))
                    {
                        missing.Add(name);
                    }
                    continue;
                }
                used ??= Total(request.Type.Collection, request.Namespace);
                var now = used.GetValueOrDefault(name);
                if (now + more > hard)
                {
                    exceeded.Add((name, more, now, hard));
                }
            }
            if (missing.Count > 0)
            {
                return Statuses.Forbidden(request.GroupResource, request.ShownName, $"failed quota: {item.Key.Name}: must specify {string.Join("; ", missing.Select(name => $"{name} for: {First(request.Object!)}"))}");
            }
            if (exceeded.Count > 0)
            {
                exceeded.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
                return Statuses.Forbidden(request.GroupResource, request.ShownName,
                    $"exceeded quota: {item.Key.Name}, requested: {Join(exceeded, static e => e.Wanted)}, used: {Join(exceeded, static e => e.Used)}, limited: {Join(exceeded, static e => e.Hard)}");
            }
        }
        return null;
    }

    private Dictionary<string, Quantity> Total(string collection, string ns)
    {
        var total = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var item in store.List(collection, ns)!.Items)
        {
            var obj = JsonTree.ParseObject(item.Json.Span);
            if (collection == "pods" && obj.Object("status")?.String("phase") is "Succeeded" or "Failed")
            {
                continue;
            }
            foreach (var (name, amount) in Usage(collection, obj))
            {
                total[name] = total.GetValueOrDefault(name) + amount;
            }
        }
        return total;
    }

    private static Dictionary<string, Quantity> Usage(string collection, JsonObject obj)
    {
        var one = Quantity.FromLong(1);
        var usage = new Dictionary<string, Quantity>(StringComparer.Ordinal) { [$"count/{collection}"] = one };
        if (s_counted.TryGetValue(collection, out var name))
        {
            usage[name] = one;
        }
        var spec = obj.Object("spec");
        switch (collection)
        {
            case "pods":
                Pod(spec, usage);
                break;
            case "persistentvolumeclaims":
                Add(usage, "requests.storage", spec?.Object("resources")?.Object("requests")?["storage"]);
                break;
            case "services" when spec?.String("type") is "NodePort" or "LoadBalancer":
                usage["services.nodeports"] = Quantity.FromLong(spec.Array("ports")?.Count ?? 0);
                if (spec.String("type") == "LoadBalancer")
                {
                    usage["services.loadbalancers"] = one;
                }
                break;
        }
        return usage;
    }

    private static void Pod(JsonObject? spec, Dictionary<string, Quantity> usage)
    {
        foreach (var item in spec?.Array("containers") ?? [])
        {
            var resources = (item as JsonObject)?.Object("resources");
            foreach (var (name, amount) in resources?.Object("requests") ?? [])
            {
                Add(usage, "requests." + name, amount);
                if (name is "cpu" or "memory" or "ephemeral-storage")
                {
                    Add(usage, name, amount);
                }
            }
            foreach (var (name, amount) in resources?.Object("limits") ?? [])
            {
                Add(usage, "limits." + name, amount);
            }
        }
    }

    private static void Add(Dictionary<string, Quantity> usage, string name, JsonValue? amount)
    {
        if (amount is not null && Quantity.TryParse((amount as JsonString)?.Value ?? amount.ToString(), out var value))
        {
            usage[name] = usage.GetValueOrDefault(name) + value;
        }
    }

    private static bool IsCompute(string name) => name is "cpu" or "memory" or "requests.cpu" or "requests.memory" or "limits.cpu" or "limits.memory";

    private static string First(JsonObject pod) =>
        pod.Object("spec")?.Array("containers") is { Count: > 0 } containers ? (containers[0] as JsonObject)?.String("name") ?? "" : "";

    private static string Join(
        List<(string Name, Quantity Wanted, Quantity Used, Quantity Hard)> exceeded,
        Func<(string Name, Quantity Wanted, Quantity Used, Quantity Hard), Quantity> value) =>
        string.Join(",", exceeded.Select(e => $"{e.Name}={value(e)}"));
}
