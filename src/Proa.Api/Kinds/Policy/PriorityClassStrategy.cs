using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class PriorityClassStrategy()
    : KindStrategy(new("scheduling.k8s.io", "v1", "PriorityClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    private const long HighestOfUsers = 1_000_000_000;

    public override bool AllowsCreateOnUpdate => false;

    public override void ApplyDefaults(JsonObject obj) => obj.DefaultUnset("preemptionPolicy", "PreemptLowerPriority");

    /// <summary>The generation begins, and stays: nothing that counts can change.</summary>
    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        obj.EnsureObject("metadata")["generation"] = 1;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var name = obj.Object("metadata").Text("name");
        var value = obj.Int("value") ?? 0;
        if (name.StartsWith("system-", StringComparison.Ordinal))
        {
            if (SystemProblem(name, value, obj.Bool("globalDefault") == true) is { } problem)
            {
                errors.Forbidden("metadata.name", $"priority class names with 'system-' prefix are reserved for system use only. error: {problem}");
            }
        }
        else if (value > HighestOfUsers)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestOfUsers}");
        }
        if (obj.String("preemptionPolicy") is { } policy)
        {
            errors.OneOf("preemptionPolicy", policy, "PreemptLowerPriority", "Never");
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

    private static string? SystemProblem(string name, long value, bool globalDefault)
    {
        long? known = name switch
        {
            "system-node-critical" => 2_000_001_000,
            "system-cluster-critical" => 2_000_000_000,
            _ => null,
        };
        return known is null ? $"{name} is not a known system priority class"
            : value != known ? $"value of {name} PriorityClass must be {known}"
            : globalDefault ? $"globalDefault of {name} PriorityClass must be false"
            : null;
    }
}
