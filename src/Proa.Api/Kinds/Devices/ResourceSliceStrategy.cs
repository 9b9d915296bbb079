using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

internal sealed class ResourceSliceStrategy()
    : KindStrategy(new("resource.k8s.io", "v1", "ResourceSlice"), new(Namespaced: false, HasStatus: false, CountsGeneration: true))
{
    private const int MostDevices = 128;
    private const int MostWithAdvancedFeatures = 64;
    private const int MostCounterSets = 8;
    private const string OneOf = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

    public override IReadOnlyList<string> SelectableFields { get; } = ["spec.nodeName", "spec.driver"];

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var driver = obj.Sub("spec").Text("driver");
        return driver.AsSpan().ContainsAnyInRange('A', 'Z')
            ? [$"spec.driver: driver names should be lowercase; {FieldError.Quote(driver)} contains uppercase characters"]
            : [];
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => Spec(obj.Sub("spec"), null, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => Spec(obj.Sub("spec"), old.Sub("spec"), errors);

    private static void Spec(JsonObject spec, JsonObject? old, FieldErrors errors)
    {
        CsiDriverNames.Check(spec.Text("driver"), "spec.driver", errors);
        Pool(spec.Sub("pool"), errors);
        if (old is not null)
        {
            errors.Immutable("spec.pool.name", spec.Sub("pool")["name"], old.Sub("pool")["name"]);
            errors.Immutable("spec.driver", spec["driver"], old["driver"]);
            errors.Immutable("spec.nodeName", spec["nodeName"] ?? JsonNull.Instance, old["nodeName"] ?? JsonNull.Instance);
        }
        Nodes(spec, errors);
        if (spec.IsGiven("sharedCounters") && spec.IsGiven("devices"))
        {
            errors.Invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed");
        }
        var advanced = spec.Objects("devices").Any(static device => device.Array("taints") is { Count: > 0 } || device.Array("consumesCounters") is { Count: > 0 });
        var perDevice = spec.Bool("perDeviceNodeSelection") == true;
        DeviceLists.Each(spec, "devices", "spec.devices", advanced ? MostWithAdvancedFeatures : MostDevices, errors, (device, at, found) =>
        {
            var before = old?.Objects("devices").FirstOrDefault(known => known.Text("name") == device.Text("name"));
            DeviceRules.Check(device, before, at, perDevice, found);
        }, static device => device.Text("name"));
        DeviceLists.Each(spec, "sharedCounters", "spec.sharedCounters", MostCounterSets, errors, static (set, at, found) => DeviceRules.Counters(set, "name", at, found), static set => set.Text("name"));
    }

    private static void Pool(JsonObject pool, FieldErrors errors)
    {
        DeviceNames.Pool(pool.Text("name"), "spec.pool.name", errors);
        if ((pool.Int("resourceSliceCount") ?? 0) <= 0)
        {
            errors.Invalid("spec.pool.resourceSliceCount", pool.Int("resourceSliceCount") ?? 0, "must be greater than zero");
        }
        if (pool.Int("generation") is { } generation and < 0)
        {
            errors.Invalid("spec.pool.generation", generation, "must be greater than or equal to zero");
        }
    }

    private static void Nodes(JsonObject spec, FieldErrors errors)
    {
        var set = new List<string>();
        if (spec.String("nodeName") is { } node)
        {
            if (node.Length == 0)
            {
                errors.Invalid("spec.nodeName", node, "must be either unset or set to a non-empty string");
            }
            else
            {
                set.Add("`nodeName`");
                DeviceNames.Node(node, "spec.nodeName", errors);
            }
        }
        if (spec.Object("nodeSelector") is { } selector)
        {
            set.Add("`nodeSelector`");
            AffinityRules.NodeSelector(selector, "spec.nodeSelector", errors);
            if (selector.Array("nodeSelectorTerms")?.Count != 1)
            {
                var terms = selector.Given("nodeSelectorTerms") is JsonArray many
                    ? (JsonValue)new JsonArray(many.OfType<JsonObject>().Select(static term => Internal.InternalForms.Of("NodeSelectorTerm", term)))
                    : JsonNull.Instance;
                errors.Invalid("spec.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term");
            }
        }
        foreach (var name in (ReadOnlySpan<string>)["allNodes", "perDeviceNodeSelection"])
        {
            if (spec.Bool(name) is not { } value)
            {
                continue;
            }
            if (value)
            {
                set.Add($"`{name}`");
            }
            else
            {
                errors.Invalid($"spec.{name}", JsonBool.False, "must be either unset or set to true");
            }
        }
        if (set.Count == 0)
        {
            errors.Required("spec", OneOf);
        }
        else if (set.Count > 1)
        {
            errors.Invalid("spec", $"{{{string.Join(", ", set)}}}", OneOf + ", but multiple fields are set");
        }
    }
}
