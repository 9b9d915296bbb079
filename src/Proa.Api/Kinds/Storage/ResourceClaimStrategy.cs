using Proa.Api.Json;

namespace Proa.Api.Kinds.Storage;

/// <summary>ResourceClaim and ResourceClaimTemplate.</summary>
internal sealed class ResourceClaimStrategy(string kind)
    : KindStrategy(new("resource.k8s.io", "v1", kind), new(Namespaced: true, HasStatus: kind == "ResourceClaim", CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = Gvk.Kind == "ResourceClaim" ? obj.Object("spec") : obj.At("spec", "spec");
        foreach (var request in spec?.Object("devices")?.Objects("requests") ?? [])
        {
            if (request.Object("exactly") is { } exactly)
            {
                Count(exactly);
            }
            foreach (var choice in request.Objects("firstAvailable"))
            {
                Count(choice);
            }
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var (spec, path) = Gvk.Kind == "ResourceClaim" ? (obj.Object("spec"), "spec") : (obj.At("spec", "spec"), "spec.spec");
        var i = 0;
        foreach (var request in spec?.Object("devices")?.Objects("requests") ?? [])
        {
            var at = $"{path}.devices.requests[{i++}]";
            DeviceSelectors.Check(request.Object("exactly")?.Array("selectors"), at + ".exactly.selectors", errors);
            var j = 0;
            foreach (var choice in request.Objects("firstAvailable"))
            {
                DeviceSelectors.Check(choice.Array("selectors"), $"{at}.firstAvailable[{j++}].selectors", errors);
            }
        }
    }

    private static void Count(JsonObject request)
    {
        request.Default("allocationMode", "ExactCount");
        if (request.Text("allocationMode") == "ExactCount")
        {
            request.DefaultZero("count", 1);
        }
    }
}
