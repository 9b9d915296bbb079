using System.Net;
using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>The rules of what a claim was given, who uses it, and what drivers say of its devices.</summary>
internal static class ClaimStatusRules
{
    private const int MostConsumers = 256;
    private const int MostResults = 32;
    private const int MostConditions = 8;
    private const int MaxData = 10 * 1024;

    public static void Check(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var names = new RequestNames(obj.Sub("spec", "devices"));
        var (status, before) = (obj.Sub("status"), old.Sub("status"));
        var allocation = status.Object("allocation");
        DeviceLists.Each(status, "reservedFor", "status.reservedFor", MostConsumers, errors, Consumer, static consumer => consumer.Text("uid"));
        var allocated = DevicesOf(allocation).Select(Id).ToHashSet(StringComparer.Ordinal);
        DeviceLists.Each(status, "devices", "status.devices", -1, errors, (device, at, found) => Device(device, at, allocated, found), static device => (JsonValue)Id(device));
        if (status.Array("reservedFor") is { Count: > 0 } reserved)
        {
            if (allocation is null)
            {
                errors.Forbidden("status.reservedFor", "may not be specified when `allocated` is not set");
            }
            else if (obj.Sub("metadata")["deletionTimestamp"] is { } and not JsonNull
                && reserved.Any(consumer => !(before.Array("reservedFor") ?? []).Any(known => known.DeepEquals(consumer))))
            {
                errors.Forbidden("status.reservedFor", "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set");
            }
        }
        if (allocation is not null && before.Object("allocation") is { } had)
        {
            if (!allocation.DeepEquals(had))
            {
                errors.Invalid("status.allocation", InternalForms.Of("AllocationResult", allocation), "field is immutable");
            }
        }
        else if (allocation is not null)
        {
            Allocation(allocation, names, errors);
        }
    }

    /// <summary>What drivers said of devices that are the claim's no longer goes with them.</summary>
    public static void DropDeallocated(JsonObject? status, JsonObject before)
    {
        if (status?.Array("devices") is not { } devices)
        {
            return;
        }
        var gone = DevicesOf(before.Object("allocation")).Select(Id).ToHashSet(StringComparer.Ordinal);
        gone.ExceptWith(DevicesOf(status.Object("allocation")).Select(Id));
        devices.RemoveAll(device => device is JsonObject one && gone.Contains(Id(one)));
        if (devices.Count == 0)
        {
            status.Remove("devices");
        }
    }

    private static IEnumerable<JsonObject> DevicesOf(JsonObject? allocation) => allocation?.Sub("devices").Objects("results") ?? [];

    private static string Id(JsonObject device) =>
        $"{device.Text("driver")}/{device.Text("pool")}/{device.Text("device")}" + (device.Text("shareID") is { Length: > 0 } share ? "/" + share : "");

    private static void Consumer(JsonObject consumer, string at, FieldErrors errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["resource", "name", "uid"])
        {
            if (consumer.Text(name).Length == 0)
            {
                errors.Required($"{at}.{name}");
            }
        }
    }

    private static void Allocation(JsonObject allocation, RequestNames names, FieldErrors errors)
    {
        const string At = "status.allocation.devices";
        var devices = allocation.Sub("devices");
        DeviceLists.Each(devices, "results", $"{At}.results", MostResults, errors, (result, at, found) =>
        {
            names.Check(result.Text("request"), $"{at}.request", found);
            Named(result, at, found);
            BindingConditions.Check(result, at, found);
            if (result.String("shareID") is { } share)
            {
                DeviceNames.Uid(share, $"{at}.shareID", found);
            }
        });
        DeviceLists.Each(devices, "config", $"{At}.config", 2 * DeviceConfigurations.Most, errors, (config, at, found) =>
        {
            found.OneOf($"{at}.source", config.Text("source"), "FromClaim", "FromClass");
            DeviceLists.EachText(config, "requests", $"{at}.requests", DeviceClaimRules.MostRequests, found, names.Check);
            DeviceConfigurations.Check(config, at, found);
        });
        if (allocation.Object("nodeSelector") is { } selector)
        {
            AffinityRules.NodeSelector(selector, "status.allocation.nodeSelector", errors);
        }
    }

    private static void Named(JsonObject device, string at, FieldErrors errors)
    {
        CsiDriverNames.Check(device.Text("driver"), $"{at}.driver", errors);
        DeviceNames.Pool(device.Text("pool"), $"{at}.pool", errors);
        DeviceNames.Label(device.Text("device"), $"{at}.device", errors);
    }

    private static void Device(JsonObject device, string at, HashSet<string> allocated, FieldErrors errors)
    {
        Named(device, at, errors);
        if (device.String("shareID") is { } share)
        {
            DeviceNames.Uid(share, $"{at}.shareID", errors);
        }
        if (!allocated.Contains(Id(device)))
        {
            errors.Invalid(at, Id(device), "must be an allocated device in the claim");
        }
        if (device.Array("conditions") is { Count: > MostConditions } conditions)
        {
            errors.Add(FieldError.TooMany($"{at}.conditions", conditions.Count, MostConditions));
        }
        ConditionRules.Check(device, "conditions", $"{at}.conditions", errors);
        if (device["data"] is { } data and not JsonNull)
        {
            DeviceConfigurations.Raw(data, $"{at}.data", MaxData, errors);
        }
        if (device.Object("networkData") is { } network)
        {
            Network(network, $"{at}.networkData", errors);
        }
    }

    private static void Network(JsonObject network, string at, FieldErrors errors)
    {
        foreach (var (name, most) in (ReadOnlySpan<(string, int)>)[("interfaceName", 256), ("hardwareAddress", 128)])
        {
            if (network.Text(name).Length > most)
            {
                errors.Add(FieldError.TooLong($"{at}.{name}", most));
            }
        }
        DeviceLists.EachText(network, "ips", $"{at}.ips", 16, errors, static (text, here, found) =>
        {
            if (!Addresses.TryParseRange(text, out var address, out var length))
            {
                found.Invalid(here, text, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
            }
            else if (Canonical(address, length) is var canonical && canonical != text)
            {
                found.Invalid(here, text, $"must be in canonical form (\"{canonical}\")");
            }
        });
    }

    private static string Canonical(IPAddress address, int length) => address.IsIPv4MappedToIPv6 && length > 32
        ? $"{address.MapToIPv4()}/{length - 96}"
        : $"{address}/{length}";
}
