using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class ResourceQuotaStrategy() : KindStrategy(new("", "v1", "ResourceQuota"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        foreach (var (name, value) in obj.At("spec", "hard") ?? new JsonObject())
        {
            if (value is JsonString text && Quantity.TryParse(text.Value, out var quantity) && quantity.Sign < 0)
            {
                errors.Invalid($"spec.hard[{name}]", value, "must be greater than or equal to 0");
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        if (!FieldErrors.Same(obj.Object("spec")?["scopes"], old.Object("spec")?["scopes"]))
        {
            errors.Invalid("spec.scopes", obj.Object("spec")?["scopes"], "field is immutable");
        }
    }
}
