using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class LeaseStrategy() : KindStrategy(new("coordination.k8s.io", "v1", "Lease"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override bool AllowsUnconditionalUpdate => false;

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
}
