using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>Custom resources: everything but metadata is wanted state, and status too where it has no subresource.</summary>
internal sealed class CustomResourceStrategy : KindStrategy
{
    public CustomResourceStrategy(GroupVersionKind gvk, KindTraits traits, IReadOnlyList<string> selectable)
        : base(gvk, traits)
    {
        Passes = MetadataPasses.Generic;
        SelectableFields = selectable;
    }

    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    public override bool AllowsUnconditionalUpdate => false;

    public override IReadOnlyList<string> SelectableFields { get; }

    protected override bool WantedStateChanged(JsonObject obj, JsonObject old) =>
        base.WantedStateChanged(obj, old) || (!HasStatus && !FieldErrors.Same(obj["status"], old["status"]));
}
