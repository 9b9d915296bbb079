using System.Globalization;
using System.Net;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Services;

/// <summary>
/// What one write of one Service takes: an address where it needs one and has none, ports of the nodes for its ports and for the
/// health check. A number is taken for all protocols. For one use.
/// </summary>
/// <param name="reserved">Gets what was taken.</param>
internal sealed class ServiceWork(ServiceAllocator allocator, ObjectKey owner, bool dryRun, List<string> reserved)
{
    // Of a dry run the original guesses ports, from here on.
    private const long BeforeGuesses = 32768;

    private static readonly string[] s_protocols = ["TCP", "UDP", "SCTP"];

    // What a dry run has got so far.
    private readonly List<long> _guessed = [];

    /// <returns>Why there is no address; null: there is, or none is needed.</returns>
    public FieldError? Address(JsonObject spec, JsonObject? before)
    {
        // What has an address keeps it: that it may not be changed is said by the rules.
        if (spec.String("type") == "ExternalName" || (before is not null && before.String("type") != "ExternalName"))
        {
            return null;
        }
        var first = spec.Array("clusterIPs") is { Count: > 0 } ips ? (ips[0] as JsonString)?.Value ?? "" : "";
        if (first == "None")
        {
            return null;
        }
        if (first.Length == 0)
        {
            if (allocator.ReserveAddress() is not { } given)
            {
                return new FieldError(FieldErrorType.Internal, "spec.clusterIPs", null, "failed to allocate a serviceIP: range is full");
            }
            reserved.Add(given);
            spec["clusterIP"] = given;
            spec["clusterIPs"] = new JsonArray([given]);
            return null;
        }
        if (!IPAddress.TryParse(first, out var address))
        {
            return null;
        }
        var value = spec["clusterIPs"];
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

    public Status? NodePorts(JsonObject spec, JsonObject? before, string name)
    {
        var refused = spec.String("type") is not ("NodePort" or "LoadBalancer") ? null
            : before is null ? NewPorts(spec, name) : ChangedPorts(spec, before, name);
        return refused ?? HealthCheck(spec, before);
    }

    /// <summary>Ports of one number, by several protocols, share a port of the nodes.</summary>
    private Status? NewPorts(JsonObject spec, string name)
    {
        var given = new Dictionary<long, long>();
        var ports = Ports(spec);
        for (var i = 0; i < ports.Count; i++)
        {
            var port = ports[i];
            var (number, asked) = (port.Int("port") ?? 0, port.Int("nodePort") ?? 0);
            if (asked == 0 && !Allocates(spec))
            {
                continue;
            }
            if (!given.TryGetValue(number, out var shared))
            {
                var wanted = ports.Where(other => other.Int("port") == number).Select(static other => other.Int("nodePort") ?? 0).FirstOrDefault(static other => other != 0);
                if (wanted == 0)
                {
                    if (Next() is not { } next)
                    {
                        return Full("nodePort");
                    }
                    wanted = next;
                }
                else if (Take(wanted) is { } taken)
                {
                    return Refused(name, i, wanted, taken);
                }
                port["nodePort"] = given[number] = wanted;
            }
            else if (asked == 0)
            {
                port["nodePort"] = shared;
            }
            else if (asked != shared && Take(asked) is { } wrong)
            {
                return Refused(name, i, asked, wrong);
            }
        }
        return null;
    }

    private Status? ChangedPorts(JsonObject spec, JsonObject before, string name)
    {
        var mine = Ports(before).Select(static port => port.Int("nodePort") ?? 0).Where(static port => port != 0).ToHashSet();
        var held = new HashSet<string>(StringComparer.Ordinal);
        var ports = Ports(spec);
        for (var i = 0; i < ports.Count; i++)
        {
            var number = ports[i].Int("nodePort") ?? 0;
            if (number == 0)
            {
                if (!Allocates(spec))
                {
                    continue;
                }
                if (Next() is not { } next)
                {
                    return Full("nodePort");
                }
                ports[i]["nodePort"] = number = next;
                mine.Add(number);
            }
            else if (!mine.Contains(number))
            {
                if (Take(number) is { } wrong)
                {
                    return Refused(name, i, number, wrong);
                }
                mine.Add(number);
            }
            if (!held.Add(string.Create(CultureInfo.InvariantCulture, $"{Protocol(ports[i])}/{number}")))
            {
                return Statuses.Internal($"duplicate nodePort: {{{Protocol(ports[i])} {number}}}");
            }
        }
        return null;
    }

    private Status? HealthCheck(JsonObject spec, JsonObject? before)
    {
        if (!NeedsHealthCheck(spec) || (before is not null && NeedsHealthCheck(before)))
        {
            return null;
        }
        if (spec.Int("healthCheckNodePort") is { } asked and not 0)
        {
            return Take(asked) is { } wrong ? Statuses.InternalError($"failed to allocate requested HealthCheck NodePort {asked}: {wrong}") : null;
        }
        if (Next() is not { } given)
        {
            return Full("HealthCheck NodePort");
        }
        spec["healthCheckNodePort"] = given;
        return null;
    }

    /// <returns>Why the number cannot be had; null: it is taken.</returns>
    private string? Take(long number)
    {
        if (dryRun && _guessed.Contains(number))
        {
            return "provided port is already allocated";
        }
        // The original does not look at the range in a dry run.
        if (number < allocator.FirstPort || number > allocator.LastPort)
        {
            if (dryRun)
            {
                _guessed.Add(number);
                return null;
            }
            return $"provided port is not in the valid range. The range of valid ports is {allocator.FirstPort}-{allocator.LastPort}";
        }
        var mine = new List<string>();
        foreach (var protocol in s_protocols)
        {
            var what = string.Create(CultureInfo.InvariantCulture, $"{protocol}/{number}");
            if (!allocator.TryReserve(what, owner))
            {
                allocator.Release(mine);
                return "provided port is already allocated";
            }
            mine.Add(what);
        }
        reserved.AddRange(mine);
        _guessed.Add(number);
        return null;
    }

    private long? Next()
    {
        if (dryRun)
        {
            var guess = (_guessed.Count == 0 ? BeforeGuesses : Math.Max(0, _guessed.Max())) + 1;
            _guessed.Add(guess);
            return (int)guess;
        }
        var given = allocator.ReservePort(s_protocols);
        if (given == 0)
        {
            return null;
        }
        reserved.AddRange(s_protocols.Select(protocol => string.Create(CultureInfo.InvariantCulture, $"{protocol}/{given}")));
        return given;
    }

    private static Status Refused(string name, int port, long number, string why) =>
        Statuses.Invalid("", "Service", name, [FieldError.Invalid($"spec.ports[{port}].nodePort", number, why)]);

    private static Status Full(string what) => Statuses.InternalError($"failed to allocate a {what}: range is full");

    private static bool Allocates(JsonObject spec) => spec.String("type") == "NodePort" || spec.Bool("allocateLoadBalancerNodePorts") == true;

    private static bool NeedsHealthCheck(JsonObject spec) => spec.String("type") == "LoadBalancer" && spec.String("externalTrafficPolicy") == "Local";

    private static List<JsonObject> Ports(JsonObject spec) => [.. (spec.Array("ports") ?? []).OfType<JsonObject>()];

    private static string Protocol(JsonObject port) => port.String("protocol") is { Length: > 0 } protocol ? protocol : "TCP";
}
