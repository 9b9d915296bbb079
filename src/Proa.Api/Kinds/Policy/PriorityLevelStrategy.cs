using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class PriorityLevelStrategy()
    : KindStrategy(new("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration"), new(Namespaced: false, HasStatus: true, CountsGeneration: true))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.At("spec", "limited") is { } limited)
        {
            limited.DefaultUnset("nominalConcurrencyShares", 30);
            limited.DefaultUnset("lendablePercent", 0);
            if (limited.At("limitResponse", "queuing") is { } queuing)
            {
                queuing.DefaultZero("queues", 64);
                queuing.DefaultZero("handSize", 8);
                queuing.DefaultZero("queueLengthLimit", 50);
            }
        }
        if (obj.At("spec", "exempt") is { } exempt)
        {
            exempt.DefaultUnset("nominalConcurrencyShares", 0);
            exempt.DefaultUnset("lendablePercent", 0);
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var response = obj.At("spec", "limited", "limitResponse");
        if (response.Text("type") == "Queue" && response!.Object("queuing") is null)
        {
            errors.Required("spec.limited.limitResponse.queuing", "must not be empty if limited.limitResponse.type is Limited");
        }
    }
}
