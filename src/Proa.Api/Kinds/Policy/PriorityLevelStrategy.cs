using Proa.Api.Json;
using Proa.Api.Kinds.Flow;

namespace Proa.Api.Kinds.Policy;

internal sealed class PriorityLevelStrategy()
    : KindStrategy(new("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration"), new(Namespaced: false, HasStatus: true, CountsGeneration: true))
{
    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

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

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => FlowRuleRules.Conditions(obj, errors);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        var type = spec.Text("type");
        if ((obj.Sub("metadata").Text("name") == "exempt") != (type == "Exempt"))
        {
            errors.Invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
        }
        switch (type)
        {
            case "Exempt":
                if (spec.ContainsKey("limited"))
                {
                    errors.Forbidden("spec.limited", "must be nil if the type is not Limited");
                }
                Shares(spec.Sub("exempt"), "spec.exempt", errors);
                break;
            case "Limited":
                if (spec.ContainsKey("exempt"))
                {
                    errors.Forbidden("spec.exempt", "must be nil if the type is Limited");
                }
                if (spec.Object("limited") is { } limited)
                {
                    Limited(limited, errors);
                }
                else
                {
                    errors.Required("spec.limited", "must not be empty when type is Limited");
                }
                break;
            default:
                errors.NotSupported("spec.type", type, "Exempt", "Limited");
                break;
        }
    }

    private static void Shares(JsonObject level, string at, FieldErrors errors)
    {
        if (level.Int("nominalConcurrencyShares") is < 0)
        {
            errors.Invalid($"{at}.nominalConcurrencyShares", level["nominalConcurrencyShares"], "must be a non-negative integer");
        }
        if (level.Int("lendablePercent") is < 0 or > 100)
        {
            errors.Invalid($"{at}.lendablePercent", level["lendablePercent"], "must be between 0 and 100, inclusive");
        }
    }

    private static void Limited(JsonObject limited, FieldErrors errors)
    {
        const string At = "spec.limited.limitResponse";
        Shares(limited, "spec.limited", errors);
        if (limited.Int("borrowingLimitPercent") is < 0)
        {
            errors.Invalid("spec.limited.borrowingLimitPercent", limited["borrowingLimitPercent"], "if specified, must be a non-negative integer");
        }
        var response = limited.Sub("limitResponse");
        var queuing = response.Object("queuing");
        switch (response.Text("type"))
        {
            case "Reject":
                if (queuing is not null)
                {
                    errors.Forbidden($"{At}.queuing", "must be nil if limited.limitResponse.type is not Limited");
                }
                break;
            case "Queue" when queuing is null:
                errors.Required($"{At}.queuing", "must not be empty if limited.limitResponse.type is Limited");
                break;
            case "Queue":
                Queuing(queuing, $"{At}.queuing", errors);
                break;
            case var other:
                errors.NotSupported($"{At}.type", other, "Queue", "Reject");
                break;
        }
    }

    private static void Queuing(JsonObject queuing, string at, FieldErrors errors)
    {
        const int MostQueues = 10_000_000;
        var (queues, hand, length) = (queuing.Int("queues") ?? 0, queuing.Int("handSize") ?? 0, queuing.Int("queueLengthLimit") ?? 0);
        if (length <= 0)
        {
            errors.Invalid($"{at}.queueLengthLimit", length, "must be positive");
        }
        if (queues <= 0)
        {
            errors.Invalid($"{at}.queues", queues, "must be positive");
        }
        else if (queues > MostQueues)
        {
            errors.Invalid($"{at}.queues", queues, $"must not be greater than {MostQueues}");
        }
        if (hand <= 0)
        {
            errors.Invalid($"{at}.handSize", hand, "must be positive");
        }
        else if (hand > queues)
        {
            errors.Invalid($"{at}.handSize", hand, $"should not be greater than queues ({queues})");
        }
        else if (Math.Ceiling(Math.Log2(Math.Max(queues, 1)) * hand) > 60)
        {
            errors.Invalid($"{at}.handSize", hand, $"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than 60");
        }
    }
}
