using Proa.Api.Json;

namespace Proa.Api.Kinds.Core;

/// <summary>A Service's cluster addresses and their families, alone and against what they were.</summary>
internal static class ServiceAddressRules
{
    private const string Kept = "may not change once set";

    public static bool IsHeadless(JsonObject spec) => spec.Array("clusterIPs") is { Count: 1 } ips && ips[0] is JsonString { Value: "None" };

    public static void Check(JsonObject spec, FieldErrors errors)
    {
        if (spec.Text("type") == "ExternalName")
        {
            return;
        }
        var ips = Strings(spec, "clusterIPs");
        var ip = spec.Text("clusterIP");
        if (ip.Length > 0 && ips.Count == 0)
        {
            errors.Required("spec.clusterIPs");
        }
        else if (ip.Length > 0 && ips[0] != ip)
        {
            errors.Invalid("spec.clusterIPs", spec["clusterIPs"], "first value must match `clusterIP`");
        }
        else if (ip.Length == 0 && ips.Count > 0)
        {
            errors.Invalid("spec.clusterIPs", spec["clusterIPs"], "must be empty when `clusterIP` is not specified");
        }
        var families = Families(spec, errors);
        if (CheckAddresses(spec, ips, errors) || ips.Count == 0)
        {
            return;
        }
        if (ips.Count > 1 && !(ips.Count(static one => one.Contains(':')) is > 0 and var sixes && sixes < ips.Count))
        {
            errors.Invalid("spec.clusterIPs", spec["clusterIPs"], "may specify no more than one IP for each IP family");
        }
        for (var i = 0; !IsHeadless(spec) && i < Math.Min(ips.Count, families.Count); i++)
        {
            var six = ips[i].Contains(':');
            if (families[i] == "IPv4" && six)
            {
                errors.Invalid($"spec.clusterIPs[{i}]", ips[i], $"expected an IPv4 value as indicated by `ipFamilies[{i}]`");
            }
            if (families[i] == "IPv6" && !six)
            {
                errors.Invalid($"spec.clusterIPs[{i}]", ips[i], $"expected an IPv6 value as indicated by `ipFamilies[{i}]`");
            }
        }
    }

    public static void CheckUpdate(JsonObject spec, JsonObject before, FieldErrors errors)
    {
        if (spec.Text("type") == "ExternalName" || before.Text("type") == "ExternalName")
        {
            return;
        }
        var (headless, wasHeadless) = (IsHeadless(spec), IsHeadless(before));
        if (!(headless && wasHeadless))
        {
            ClusterIps(spec, Strings(spec, "clusterIPs"), Strings(before, "clusterIPs"), errors);
        }
        if (!headless && !wasHeadless)
        {
            FamiliesUpdate(spec, Strings(spec, "ipFamilies"), Strings(before, "ipFamilies"), errors);
        }
    }

    private static void ClusterIps(JsonObject spec, List<string> ips, List<string> old, FieldErrors errors)
    {
        var value = spec["clusterIPs"];
        if (old.Count == ips.Count)
        {
            for (var i = 0; i < old.Count; i++)
            {
                if (old[i] != ips[i])
                {
                    errors.Invalid($"spec.clusterIPs[{i}]", value, Kept);
                }
            }
            return;
        }
        if (old.Count > ips.Count && ips.Count == 0)
        {
            errors.Invalid("spec.clusterIPs[0]", value, "primary clusterIP can not be unset");
        }
        if (old.Count > 0 && ips.Count > 0 && old[0] != ips[0])
        {
            errors.Invalid("spec.clusterIPs[0]", value, Kept);
        }
        if (old.Count > ips.Count && ips.Count == 1 && spec.Text("ipFamilyPolicy") != "SingleStack")
        {
            errors.Invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], "must be set to 'SingleStack' when releasing the secondary clusterIP");
        }
    }

    private static void FamiliesUpdate(JsonObject spec, List<string> families, List<string> old, FieldErrors errors)
    {
        if (old.Count == families.Count)
        {
            for (var i = 0; i < old.Count; i++)
            {
                if (old[i] != families[i])
                {
                    errors.Invalid("spec.ipFamilies[0]", spec["ipFamilies"], Kept);
                }
            }
            return;
        }
        if (old.Count > families.Count && Strings(spec, "clusterIPs").Count == 0)
        {
            errors.Invalid("spec.ipFamilies[0]", spec["ipFamilies"], "primary ipFamily can not be unset");
        }
        // The original shows the addresses here, not the families.
        if (old.Count > 0 && families.Count > 0 && old[0] != families[0])
        {
            errors.Invalid("spec.ipFamilies[0]", spec["clusterIPs"], Kept);
        }
        if (old.Count > families.Count && families.Count == 1 && spec.Text("ipFamilyPolicy") != "SingleStack")
        {
            errors.Invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], "must be set to 'SingleStack' when releasing the secondary ipFamily");
        }
    }

    private static List<string> Families(JsonObject spec, FieldErrors errors)
    {
        var families = Strings(spec, "ipFamilies");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < families.Count; i++)
        {
            if (families[i] is not ("IPv4" or "IPv6"))
            {
                errors.NotSupported($"spec.ipFamilies[{i}]", families[i], "IPv4", "IPv6");
            }
            if (!seen.Add(families[i]))
            {
                errors.Duplicate($"spec.ipFamilies[{i}]", families[i]);
            }
        }
        if (spec.String("ipFamilyPolicy") is { } policy and not ("PreferDualStack" or "RequireDualStack" or "SingleStack"))
        {
            errors.NotSupported("spec.ipFamilyPolicy", policy, "PreferDualStack", "RequireDualStack", "SingleStack");
        }
        return families;
    }

    /// <returns>True when one of them is none, so that no more can be said.</returns>
    private static bool CheckAddresses(JsonObject spec, List<string> ips, FieldErrors errors)
    {
        var before = errors.Count;
        for (var i = 0; i < ips.Count; i++)
        {
            if (i == 0 && ips[i] == "None")
            {
                if (ips.Count > 1)
                {
                    errors.Invalid("spec.clusterIPs", spec["clusterIPs"], "'None' must be the first and only value");
                }
                continue;
            }
            Addresses.Check(ips[i], $"spec.clusterIPs[{i}]", errors);
        }
        var wrong = errors.Count > before;
        if (ips.Count > 2)
        {
            errors.Invalid("spec.clusterIPs", spec["clusterIPs"], "may only hold up to 2 values");
        }
        return wrong;
    }

    private static List<string> Strings(JsonObject spec, string name) => [.. (spec.Array(name) ?? []).Select(static item => (item as JsonString)?.Value ?? "")];
}
