using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>
/// Events. Those of <c>events.k8s.io</c> are stored as the core group's under other names and checked in that form, more
/// strictly than the core group's, which must stay open to older clients.
/// </summary>
internal sealed class EventStrategy(string group) : KindStrategy(new(group, "v1", "Event"), new(Namespaced: true, HasStatus: false, CountsGeneration: false)), IChecksStoredForm, INamesFieldLabels
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

    /// <summary>Those of <c>events.k8s.io</c> are selected by its own names, and not by their source.</summary>
    public string? FieldOfLabel(string label)
    {
        if (!IsStrict)
        {
            return SelectableFields.Contains(label, StringComparer.Ordinal) ? label : null;
        }
        const string Regarding = "regarding.";
        return label switch
        {
            "reportingController" => "reportingComponent",
            "reason" or "type" => label,
            _ when label.StartsWith(Regarding, StringComparison.Ordinal) => SelectableFields.FirstOrDefault(field =>
                field.StartsWith("involvedObject.", StringComparison.Ordinal) && field.AsSpan("involvedObject.".Length).SequenceEqual(label.AsSpan(Regarding.Length))),
            _ => null,
        };
    }

    private bool IsStrict => Gvk.Group.Length > 0;

    // Whatever can be part of a path may be an event's name.
    protected override string[] NameForm(string name) => IsStrict ? base.NameForm(name) : Names.PathSegment(name);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        EventRules.Check(obj, IsStrict ? "reportingController" : "reportingComponent", errors);
        if (IsStrict)
        {
            EventRules.CheckNew(obj, errors);
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        EventRules.Check(obj, IsStrict ? "reportingController" : "reportingComponent", errors);
        if (IsStrict)
        {
            EventRules.CheckChange(obj, old, errors);
        }
    }
}
