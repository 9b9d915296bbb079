using System.Net;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Services;

/// <summary>
/// Completes a Service with its address, its families and its node ports; IPv4 only, as the network is. Where several servers
/// serve the cluster, what was chosen is claimed before it is used, and chosen anew when another server was quicker.
/// </summary>
internal sealed class ServiceAllocation(ServiceAllocator allocator, ServiceClaims? claims) : IAdmissionStep
{
    public async ValueTask<Status?> CompleteAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.Is("services") || request.Operation == AdmissionOperation.Delete)
        {
            return null;
        }
        if (claims is null || request.DryRun)
        {
            return Choose(request, []);
        }
        var owner = KeyOf(request);
        var asked = request.Object!.EnsureObject("spec").CloneObject();
        while (true)
        {
            var reserved = new List<string>();
            if (Choose(request, reserved) is { } refused)
            {
                return refused;
            }
            var taken = new List<string>();
            // After the local reservation is over: what is not kept is free for everybody again.
            request.OnFinished(committed => committed && request.IsCreate ? default : claims.ReleaseAsync([.. taken, .. HoldingsOf(request.Old)], owner, CancellationToken.None));
            switch (await TakeAsync(request, reserved, taken, owner, ct))
            {
                case { Outcome: WriteOutcome.Done }:
                    return null;
                case { Outcome: WriteOutcome.Exists }:
                    // Another server was quicker. What was asked for by name is refused now.
                    allocator.Release(reserved);
                    reserved.Clear();
                    await claims.ReleaseAsync(taken, owner, ct);
                    taken.Clear();
                    request.Object!["spec"] = asked.CloneObject();
                    break;
                case var failed:
                    return Statuses.Unavailable(failed.Error ?? "the store did not take the write");
            }
        }
    }

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (claims is not null && request.Is("services") && request.Operation == AdmissionOperation.Delete && !request.DryRun)
        {
            request.OnFinished(committed => committed ? claims.ReleaseAsync(HoldingsOf(request.Old), KeyOf(request), CancellationToken.None) : default);
        }
        return default;
    }

    private async ValueTask<WriteResult> TakeAsync(AdmissionRequest request, List<string> reserved, List<string> taken, ObjectKey owner, CancellationToken ct)
    {
        var ports = HoldingsOf(request.Old).Select(ServiceClaims.PortOf).OfType<int>().ToHashSet();
        foreach (var what in reserved)
        {
            // A port that it has by another protocol is its own already.
            if (ServiceClaims.PortOf(what) is { } port && !ports.Add(port))
            {
                continue;
            }
            var result = await claims!.TryTakeAsync(what, owner, ct);
            if (result.Outcome != WriteOutcome.Done)
            {
                return result;
            }
            taken.Add(what);
        }
        return new(WriteOutcome.Done, null);
    }

    private static string[] HoldingsOf(JsonObject? service) => service is null ? [] : ServiceAllocator.Holdings(service);

    private static ObjectKey KeyOf(AdmissionRequest request) => new("services", request.Namespace, request.Name);

    private Status? Choose(AdmissionRequest request, List<string> reserved)
    {
        var spec = request.Object!.EnsureObject("spec");
        var before = request.Old?.Object("spec");
        var owner = KeyOf(request);
        request.OnFinished(_ => allocator.Release(reserved));
        if (spec.String("type") == "ExternalName")
        {
            foreach (var field in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"])
            {
                spec.Remove(field);
            }
            return null;
        }
        KeepAllocated(spec, before);
        // A dry run reserves as well, so as to answer what the real run would, and gives it back.
        var error = Addresses(spec, before, reserved, owner) ?? NodePorts(spec, before, reserved, owner);
        return error is null ? null : Statuses.Invalid("", "Service", Metadata.Name(request.Object!), [error]);
    }

    /// <summary>An update that leaves out what was allocated means to keep it.</summary>
    private static void KeepAllocated(JsonObject spec, JsonObject? before)
    {
        if (before is null || before.String("type") == "ExternalName")
        {
            return;
        }
        if (string.IsNullOrEmpty(spec.String("clusterIP")) && spec.Array("clusterIPs") is not { Count: > 0 })
        {
            spec["clusterIP"] = before["clusterIP"];
            spec["clusterIPs"] = before["clusterIPs"]?.Clone();
        }
        spec["ipFamilies"] ??= before["ipFamilies"]?.Clone();
        spec["ipFamilyPolicy"] ??= before["ipFamilyPolicy"];
        if (!TakesNodePorts(spec) || !TakesNodePorts(before))
        {
            return;
        }
        var used = new HashSet<long>();
        foreach (var item in spec.Array("ports") ?? [])
        {
            used.Add((item as JsonObject)?.Int("nodePort") ?? 0);
        }
        foreach (var item in spec.Array("ports") ?? [])
        {
            if (item is JsonObject port && port.Int("nodePort") is null or 0
                && Find(before, port) is { } same && same.Int("nodePort") is { } nodePort and > 0 && used.Add(nodePort))
            {
                port["nodePort"] = nodePort;
            }
        }
    }

    private FieldError? Addresses(JsonObject spec, JsonObject? before, List<string> reserved, ObjectKey owner)
    {
        var first = spec.String("clusterIP") is { Length: > 0 } single ? single
            : (spec.Array("clusterIPs") is { Count: > 0 } many ? (many[0] as JsonString)?.Value : null) ?? "";
        if (spec.Array("clusterIPs") is { Count: > 0 } && string.IsNullOrEmpty(spec.String("clusterIP")))
        {
            spec["clusterIP"] = first;
        }
        else if (first.Length > 0 && (spec.Array("clusterIPs") is not { Count: > 0 }
            || (before is not null && spec.String("clusterIP") != before.String("clusterIP") && spec["clusterIPs"]!.DeepEquals(before["clusterIPs"]))))
        {
            spec["clusterIPs"] = new JsonArray([first]);
        }
        var headless = first == "None";
        if (headless && spec.Object("selector") is not { Count: > 0 } && !spec.ContainsKey("ipFamilies") && !spec.ContainsKey("ipFamilyPolicy"))
        {
            // Its endpoints are the user's: they may be of either family.
            spec["ipFamilies"] = new JsonArray(["IPv4", "IPv6"]);
            spec["ipFamilyPolicy"] = "RequireDualStack";
            return null;
        }
        if (!spec.ContainsKey("ipFamilies"))
        {
            spec["ipFamilies"] = new JsonArray(["IPv4"]);
        }
        spec["ipFamilyPolicy"] ??= "SingleStack";
        if (headless || (first.Length > 0 && before?.String("clusterIP") == first))
        {
            return null;
        }
        if (first.Length == 0)
        {
            if (allocator.ReserveAddress() is not { } given)
            {
                return new FieldError(FieldErrorType.Internal, "spec.clusterIPs", null, $"failed to allocate a serviceIP: range is full");
            }
            reserved.Add(given);
            spec["clusterIP"] = given;
            spec["clusterIPs"] = new JsonArray([given]);
            return null;
        }
        if (!IPAddress.TryParse(first, out var address) || (before is not null && before.String("clusterIP") is { Length: > 0 }))
        {
            // Not an address, or changed where it may not be: the Service's own rules say so.
            return null;
        }
        var value = new JsonArray([first]);
        if (!allocator.Contains(address))
        {
            return FieldError.Invalid("spec.clusterIPs", value,
                $"failed to allocate IP {first}: the provided IP ({first}) is not in the valid range. The range of valid IPs is {allocator.Range}");
        }
        if (!allocator.TryReserve(first, owner))
        {
            return FieldError.Invalid("spec.clusterIPs", value, $"failed to allocate IP {first}: provided IP is already allocated");
        }
        reserved.Add(first);
        return null;
    }

    private FieldError? NodePorts(JsonObject spec, JsonObject? before, List<string> reserved, ObjectKey owner)
    {
        if (!TakesNodePorts(spec))
        {
            return null;
        }
        var mine = new HashSet<string>(StringComparer.Ordinal);
        if (before is not null)
        {
            foreach (var item in before.Array("ports") ?? [])
            {
                if (item is JsonObject port && port.Int("nodePort") is { } nodePort and > 0)
                {
                    mine.Add($"{Protocol(port)}/{nodePort}");
                }
            }
        }
        var ports = spec.Array("ports") ?? [];
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i] is not JsonObject port || port.Int("nodePort") is not { } asked || asked == 0)
            {
                continue;
            }
            var what = $"{Protocol(port)}/{asked}";
            if (!mine.Add(what))
            {
                continue;
            }
            if (asked < allocator.FirstPort || asked > allocator.LastPort)
            {
                return FieldError.Invalid($"spec.ports[{i}].nodePort", asked,
                    $"provided port is not in the valid range. The range of valid ports is {allocator.FirstPort}-{allocator.LastPort}");
            }
            if (!allocator.TryReserve(what, owner))
            {
                return FieldError.Invalid($"spec.ports[{i}].nodePort", asked, "provided port is already allocated");
            }
            reserved.Add(what);
        }
        foreach (var item in ports)
        {
            if (item is not JsonObject port || port.Int("nodePort") is > 0)
            {
                continue;
            }
            var given = allocator.ReservePort([Protocol(port)]);
            if (given == 0)
            {
                return new FieldError(FieldErrorType.Internal, "spec.ports", null, "failed to allocate a nodePort: range is full");
            }
            reserved.Add($"{Protocol(port)}/{given}");
            port["nodePort"] = given;
        }
        return HealthCheckPort(spec, before, reserved);
    }

    private FieldError? HealthCheckPort(JsonObject spec, JsonObject? before, List<string> reserved)
    {
        if (spec.String("type") != "LoadBalancer" || spec.String("externalTrafficPolicy") != "Local")
        {
            return null;
        }
        if (spec.Int("healthCheckNodePort") is > 0)
        {
            return null;
        }
        if (before?.Int("healthCheckNodePort") is { } kept and > 0)
        {
            spec["healthCheckNodePort"] = kept;
            return null;
        }
        var given = allocator.ReservePort(["TCP"]);
        if (given == 0)
        {
            return new FieldError(FieldErrorType.Internal, "spec.healthCheckNodePort", null, "failed to allocate a nodePort: range is full");
        }
        reserved.Add($"TCP/{given}");
        spec["healthCheckNodePort"] = given;
        return null;
    }

    private static bool TakesNodePorts(JsonObject spec) =>
        spec.String("type") == "NodePort" || (spec.String("type") == "LoadBalancer" && spec.Bool("allocateLoadBalancerNodePorts") != false);

    private static JsonObject? Find(JsonObject before, JsonObject port)
    {
        foreach (var item in before.Array("ports") ?? [])
        {
            if (item is JsonObject candidate && Protocol(candidate) == Protocol(port) && candidate.Int("port") == port.Int("port"))
            {
                return candidate;
            }
        }
        return null;
    }

    private static string Protocol(JsonObject port) => port.String("protocol") is { Length: > 0 } protocol ? protocol : "TCP";
}
