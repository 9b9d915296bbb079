using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>Custom resources: everything but metadata is wanted state, and status too where it has no subresource.</summary>
internal sealed class CustomResourceStrategy(GroupVersionKind gvk, KindTraits traits) : KindStrategy(gvk, traits)
{
    public override bool AllowsUnconditionalUpdate => false;

    protected override bool WantedStateChanged(JsonObject obj, JsonObject old) =>
        base.WantedStateChanged(obj, old) || (!HasStatus && !FieldErrors.Same(obj["status"], old["status"]));
}
