using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>
/// Which address families a Service gets, on a cluster with addresses of IPv4 alone. Source: the service allocation of Kubernetes 1.36.
/// Pure; doing it twice is doing it once.
/// </summary>
public static class ServiceFamilies
{
    private const string NotHere = "not configured on this cluster";

    /// <summary>Completes policy, families and addresses of a Service's spec as far as they can be told without an allocation.</summary>
    /// <param name="before">The spec that is replaced, complete; null: the Service is new.</param>
    /// <returns>Why it cannot be had; nothing when it can.</returns>
    public static IReadOnlyList<FieldError> Complete(JsonObject spec, JsonObject? before)
    {
        var errors = new FieldErrors();
        if (spec.Text("type") == "ExternalName" || PrefersAsBefore(spec, before))
        {
            return errors.All;
        }
        var selects = spec.Object("selector") is { Count: > 0 };
        var none = spec.Text("clusterIP") == "None";
        if (!spec.ContainsKey("ipFamilyPolicy"))
        {
            spec["ipFamilyPolicy"] = before?["ipFamilyPolicy"] ?? (none && !selects ? "RequireDualStack" : "SingleStack");
        }
        ServiceAddressRules.Check(spec, errors);
        if (errors.Count > 0)
        {
            return errors.All;
        }
        var policy = spec.Text("ipFamilyPolicy");
        if (before is not null)
        {
            Reduce(spec, before, policy, errors);
        }
        if (policy == "SingleStack")
        {
            Single(spec, "clusterIPs", "cluster IPs", errors);
            Single(spec, "ipFamilies", "IP families", errors);
        }
        FromAddresses(spec, errors);
        if (errors.Count > 0)
        {
            return errors.All;
        }
        var families = spec.Array("ipFamilies") ?? [];
        if (none && !selects)
        {
            // Its endpoints are the user's: they may be of either family.
            if (families.Count == 0)
            {
                families = new JsonArray(["IPv4"]);
            }
            if (families.Count < 2 && policy != "SingleStack")
            {
                families.Add(families[0] is JsonString { Value: "IPv4" } ? "IPv6" : "IPv4");
            }
            spec["ipFamilies"] = families;
            return errors.All;
        }
        if (policy == "RequireDualStack")
        {
            errors.Invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
        }
        for (var i = 0; i < families.Count; i++)
        {
            if (families[i] is not JsonString { Value: "IPv4" })
            {
                errors.Invalid($"spec.ipFamilies[{i}]", families[i], NotHere);
            }
        }
        if (errors.Count == 0 && families.Count == 0)
        {
            spec["ipFamilies"] = new JsonArray(["IPv4"]);
        }
        return errors.All;
    }

    /// <summary>The one address and the list of them say the same: whichever changed leads.</summary>
    public static void Align(JsonObject spec, JsonObject? before)
    {
        var ip = spec.Text("clusterIP");
        var listed = spec.Array("clusterIPs") is { Count: > 0 };
        if (before is null)
        {
            if (ip.Length > 0 && !listed)
            {
                spec["clusterIPs"] = new JsonArray([ip]);
            }
            return;
        }
        var old = before.Text("clusterIP");
        if (!listed && before.Array("clusterIPs") is { Count: > 0 } ips && old == ip)
        {
            spec["clusterIPs"] = ips.Clone();
        }
        else if (old != ip && Same(spec, before, "clusterIPs"))
        {
            if (old.Length > 0 && ip.Length == 0)
            {
                spec.Remove("clusterIPs");
            }
            else
            {
                spec["clusterIPs"] = new JsonArray([ip]);
            }
        }
    }

    private static bool PrefersAsBefore(JsonObject spec, JsonObject? before) => before is not null
        && spec.Text("ipFamilyPolicy") == "PreferDualStack" && before.Text("ipFamilyPolicy") is "" or "PreferDualStack"
        && spec.Text("type") is "ClusterIP" or "NodePort" or "LoadBalancer" && spec.Text("type") == before.Text("type")
        && spec.Text("clusterIP") == before.Text("clusterIP") && Same(spec, before, "clusterIPs") && Same(spec, before, "ipFamilies");

    /// <summary>Whoever goes to a single family gives the second away; nobody else can.</summary>
    private static void Reduce(JsonObject spec, JsonObject before, string policy, FieldErrors errors)
    {
        foreach (var (name, what) in (ReadOnlySpan<(string, string)>)[("clusterIPs", "cluster IP"), ("ipFamilies", "IP family")])
        {
            var (now, old) = (spec.Array(name) ?? [], before.Array(name) ?? []);
            if (policy == "SingleStack")
            {
                if (now.Count > 1 && Same(spec, before, name))
                {
                    spec[name] = new JsonArray([now[0]]);
                }
            }
            else if (now.Count > 0 && now.Count < old.Count)
            {
                errors.Invalid("spec.ipFamilyPolicy", policy, $"must be 'SingleStack' to release the secondary {what}");
            }
        }
    }

    private static void Single(JsonObject spec, string name, string what, FieldErrors errors)
    {
        if (spec.Array(name) is { Count: 2 })
        {
            errors.Invalid("spec.ipFamilyPolicy", "SingleStack", $"must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified");
        }
    }

    private static void FromAddresses(JsonObject spec, FieldErrors errors)
    {
        var ips = spec.Array("clusterIPs") ?? [];
        for (var i = 0; i < ips.Count && ips[i] is JsonString { Value: not "None" } ip; i++)
        {
            if (i < (spec.Array("ipFamilies")?.Count ?? 0))
            {
                continue;
            }
            if (ip.Value.Contains(':'))
            {
                errors.Invalid($"spec.clusterIPs[{i}]", ips, $"IPv6 is {NotHere}");
            }
            else
            {
                var families = spec.Array("ipFamilies") ?? [];
                families.Add("IPv4");
                spec["ipFamilies"] = families;
            }
        }
    }

    private static bool Same(JsonObject spec, JsonObject before, string name) =>
        (spec.Array(name) ?? []).Select(static item => item.ToString()).SequenceEqual((before.Array(name) ?? []).Select(static item => item.ToString()));
}
