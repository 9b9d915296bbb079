using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Flow;

internal sealed class FlowSchemaStrategy()
    : KindStrategy(new("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema"), new(Namespaced: false, HasStatus: true, CountsGeneration: true))
{
    private const int Highest = 10_000;

    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    public override void ApplyDefaults(JsonObject obj) => obj.EnsureObject("spec").DefaultZero("matchingPrecedence", 1000);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        var precedence = spec.Int("matchingPrecedence") ?? 0;
        if (precedence <= 0)
        {
            errors.Invalid("spec.matchingPrecedence", precedence, "must be a positive value");
        }
        if (precedence > Highest)
        {
            errors.Invalid("spec.matchingPrecedence", precedence, $"must not be greater than {Highest}");
        }
        if (precedence == 1 && obj.Sub("metadata").Text("name") != "exempt")
        {
            errors.Invalid("spec.matchingPrecedence", 1, "only the schema named 'exempt' may have matchingPrecedence 1");
        }
        if (spec.Object("distinguisherMethod") is { } method && method.Text("type") is not ("ByNamespace" or "ByUser"))
        {
            errors.NotSupported("spec.distinguisherMethod.type", new JsonObject { ["Type"] = method.Text("type") }, "ByNamespace", "ByUser");
        }
        if (spec.Sub("priorityLevelConfiguration").Text("name") is { Length: > 0 } level)
        {
            errors.Invalid("spec.priorityLevelConfiguration.name", level, Names.DnsSubdomain(level));
        }
        else
        {
            errors.Required("spec.priorityLevelConfiguration.name", "must reference a priority level");
        }
        var i = 0;
        foreach (var rule in spec.Objects("rules"))
        {
            FlowRuleRules.Check(rule, $"spec.rules[{i++}]", errors);
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => FlowRuleRules.Conditions(obj, errors);
}
