using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Policy;

internal sealed class RuntimeClassStrategy() : KindStrategy(new("node.k8s.io", "v1", "RuntimeClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override bool AllowsUnconditionalUpdate => false;

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) =>
        [.. obj.Sub("scheduling", "nodeSelector").Keys.Select(Pods.NodeLabelWarnings.Of).OfType<string>().Select(static text => $"scheduling.nodeSelector: {text}")];

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var handler = obj.Text("handler");
        if (handler.Length == 0)
        {
            errors.Required("handler");
        }
        else
        {
            errors.Invalid("handler", handler, Names.DnsLabel(handler));
        }
        if (obj.At("overhead", "podFixed") is { } fixedPart)
        {
            ResourceRules.CheckContainer(new JsonObject { ["limits"] = fixedPart }, "overhead", errors, []);
        }
        if (obj.Object("scheduling") is { } scheduling)
        {
            ObjectMetaRules.Labels(scheduling.Object("nodeSelector"), "scheduling.nodeSelector", errors);
            SchedulingRules.Tolerations(scheduling, "scheduling", errors);
            Unique(scheduling, errors);
        }
    }

    /// <summary>Shown as the original's internal type prints it.</summary>
    private static void Unique(JsonObject scheduling, FieldErrors errors)
    {
        var seen = new HashSet<(string, string, string, string)>();
        var i = 0;
        foreach (var toleration in scheduling.Objects("tolerations"))
        {
            var at = $"scheduling.tolerations[{i++}]";
            var (key, how, value, effect) = (toleration.Text("key"), toleration.Text("operator"), toleration.Text("value"), toleration.Text("effect"));
            if (!seen.Add((key, how, value, effect)))
            {
                errors.Duplicate(at, new JsonObject
                {
                    ["Key"] = key,
                    ["Operator"] = how,
                    ["Value"] = value,
                    ["Effect"] = effect,
                    ["TolerationSeconds"] = toleration["tolerationSeconds"]?.Clone() ?? JsonNull.Instance,
                });
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("handler", obj["handler"], old["handler"]);
    }
}
