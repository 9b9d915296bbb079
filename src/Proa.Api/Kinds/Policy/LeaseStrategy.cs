using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class LeaseStrategy() : KindStrategy(new("coordination.k8s.io", "v1", "Lease"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override bool AllowsUnconditionalUpdate => false;

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        DropCoordination(obj, null);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        DropCoordination(obj, old);
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Object("spec");
        if (spec?.Int("leaseDurationSeconds") is <= 0)
        {
            errors.Invalid("spec.leaseDurationSeconds", spec["leaseDurationSeconds"], "must be greater than 0");
        }
        if (spec?.Int("leaseTransitions") is < 0)
        {
            errors.Invalid("spec.leaseTransitions", spec["leaseTransitions"], "must be greater than or equal to 0");
        }
        if (spec?.String("strategy") is { } strategy && strategy != "OldestEmulationVersion")
        {
            DomainPaths.CheckKey(strategy, "spec.strategy", errors);
        }
        if (spec.Text("preferredHolder").Length > 0 && spec.Text("strategy").Length == 0)
        {
            errors.Forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
        }
    }

    /// <summary>Coordinated leader election is off by default.</summary>
    private static void DropCoordination(JsonObject obj, JsonObject? old)
    {
        DropUngated(obj, old, "spec", "strategy");
        DropUngated(obj, old, "spec", "preferredHolder");
    }
}
