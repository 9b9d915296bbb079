using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class PriorityClassStrategy()
    : KindStrategy(new("scheduling.k8s.io", "v1", "PriorityClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    private const long HighestOfUsers = 1_000_000_000;

    public override bool AllowsCreateOnUpdate => false;

    public override void ApplyDefaults(JsonObject obj) => obj.DefaultUnset("preemptionPolicy", "PreemptLowerPriority");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var name = obj.Object("metadata").Text("name");
        var value = obj.Int("value") ?? 0;
        if (name.StartsWith("system-", StringComparison.Ordinal))
        {
            if (name is not ("system-node-critical" or "system-cluster-critical"))
            {
                errors.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: only system priority classes are allowed");
            }
        }
        else if (value > HighestOfUsers)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
        if (obj.String("preemptionPolicy") is { } policy and not ("Never" or "PreemptLowerPriority"))
        {
            errors.NotSupported("preemptionPolicy", policy, "Never", "PreemptLowerPriority");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (obj.Int("value") != old.Int("value"))
        {
            errors.Forbidden("value", "may not be changed in an update.");
        }
        errors.Immutable("preemptionPolicy", obj["preemptionPolicy"], old["preemptionPolicy"]);
    }
}
