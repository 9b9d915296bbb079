using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>Events of the core group; those of <c>events.k8s.io</c> are the same objects under other names.</summary>
internal sealed class EventStrategy() : KindStrategy(new("", "v1", "Event"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override IReadOnlyList<string> SelectableFields { get; } =
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
    ];

    public override string FieldValue(JsonObject obj, string field) => field == "source"
        ? obj.Object("source").Text("component") is { Length: > 0 } component ? component : obj.Text("reportingComponent")
        : base.FieldValue(obj, field);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var ns = obj.Object("metadata").Text("namespace");
        var involved = obj.Object("involvedObject").Text("namespace");
        if (involved.Length == 0)
        {
            if (ns is not ("default" or "kube-system" or ""))
            {
                errors.Invalid("involvedObject.namespace", involved, "does not match event.namespace");
            }
        }
        else if (involved != ns)
        {
            errors.Invalid("involvedObject.namespace", involved, "does not match event.namespace");
        }
    }
}
