using Proa.Api.Json;

namespace Proa.Api.Kinds.Networking;

internal sealed class ServiceCidrStrategy() : KindStrategy(new("networking.k8s.io", "v1", "ServiceCIDR"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        const string At = "spec.cidrs";
        var ranges = (obj.Sub("spec").Array("cidrs") ?? []).Select(static item => (item as JsonString)?.Value ?? "").ToList();
        if (ranges.Count == 0)
        {
            errors.Required(At, "at least one CIDR required");
            return;
        }
        if (ranges.Count > 2)
        {
            errors.Invalid(At, new JsonObject { ["CIDRs"] = obj.Sub("spec")["cidrs"]!.Clone() }, "may only hold up to 2 values");
            return;
        }
        for (var i = 0; i < ranges.Count; i++)
        {
            Addresses.CheckCanonicalRange(ranges[i], $"{At}[{i}]", errors);
        }
        if (errors.Count == 0 && ranges.Count == 2 && ranges[0].Contains(':') == ranges[1].Contains(':'))
        {
            errors.Invalid(At, obj.Sub("spec")["cidrs"], "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (now, before) = (obj.Sub("spec").Array("cidrs") ?? [], old.Sub("spec").Array("cidrs") ?? []);
        // A second family may join the first; nothing else changes.
        var joins = now.Count == 2 && before.Count == 1;
        if (now.Count != before.Count && !joins)
        {
            errors.Invalid("spec.cidrs", now, "field is immutable");
            return;
        }
        for (var i = 0; i < before.Count; i++)
        {
            errors.Immutable($"spec.cidrs[{i}]", now[i], before[i]);
        }
        if (joins)
        {
            Check(obj, errors);
        }
    }
}
