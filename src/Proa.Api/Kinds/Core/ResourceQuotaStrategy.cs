using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Core;

internal sealed class ResourceQuotaStrategy() : KindStrategy(new("", "v1", "ResourceQuota"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        if (old is not null)
        {
            return warnings;
        }
        var hard = obj.Sub("spec", "hard");
        foreach (var resource in (ReadOnlySpan<string>)["cpu", "memory", "ephemeral-storage"])
        {
            var (requests, limits) = ($"requests.{resource}", $"limits.{resource}");
            if (!hard.ContainsKey(requests) && resource is "cpu" or "memory" && hard.ContainsKey(resource))
            {
                requests = resource;
            }
            if (Quantity.TryParse(hard.Text(requests), out var request) && Quantity.TryParse(hard.Text(limits), out var limit) && request > limit)
            {
                warnings.Add($"ResourceQuota {requests} ({request}) should be less than {limits} ({limit})");
            }
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        Amounts(spec, "hard", "spec.hard", errors);
        QuotaScopeRules.Check(spec, errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        if (!Scopes(obj).SetEquals(Scopes(old)))
        {
            errors.Invalid("spec.scopes", obj.Object("spec")?["scopes"], "field is immutable");
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Amounts(obj.Sub("status"), "hard", "status.hard", errors);
        Amounts(obj.Sub("status"), "used", "status.used", errors);
    }

    private static HashSet<string> Scopes(JsonObject obj) => [.. (obj.Sub("spec").Array("scopes") ?? []).Select(static scope => scope.ToString())];

    private static void Amounts(JsonObject holder, string member, string at, FieldErrors errors)
    {
        foreach (var (name, value) in holder.Sub(member))
        {
            var field = $"{at}[{name}]";
            ResourceNames.Check(name, field, errors);
            if (!name.Contains('/') && !ResourceNames.IsOfQuotas(name))
            {
                errors.Invalid(field, name, "must be a standard resource for quota");
            }
            ResourceRules.Value(name, value, field, errors);
        }
    }
}
