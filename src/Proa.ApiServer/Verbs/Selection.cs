using Proa.Api.Models.Meta;
using Proa.Api.Selectors;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Store;
using LabelSelector = Proa.Api.Selectors.LabelSelector;

namespace Proa.ApiServer.Verbs;

/// <summary>A label and a field selector over stored objects, answered from their index. Immutable.</summary>
internal sealed class Selection(LabelSelector labels, FieldSelector fields, string name = "", TypeRules? custom = null) : ObjectFilter
{
    private readonly IReadOnlyList<IndexTerm[]> _needed = NeededOf(labels, fields, custom is null);

    public static readonly Selection All = new(LabelSelector.Everything, FieldSelector.Everything);

    public bool IsEmpty { get; } = labels.IsEverything && fields.IsEverything && name.Length == 0;

    public static ApiResult<Selection> Read(RequestScope scope)
    {
        var query = scope.Request.Query;
        var labels = LabelSelector.Everything;
        var fields = FieldSelector.Everything;
        if (query["labelSelector"] is { Length: > 0 } labelText && !LabelSelector.TryParse(labelText, out labels, out var labelError))
        {
            return Statuses.BadRequest("unable to parse requirement: " + labelError);
        }
        if (query["fieldSelector"] is { Length: > 0 } fieldText)
        {
            if (!FieldSelector.TryParse(fieldText, out fields, out var fieldError))
            {
                return Statuses.BadRequest(fieldError);
            }
            var terms = new FieldTerm[fields.Terms.Count];
            for (var i = 0; i < terms.Length; i++)
            {
                var term = fields.Terms[i];
                if (FieldOf(scope.Rules, term.Field) is not { } field)
                {
                    return Unknown(scope.Rules, term.Field);
                }
                terms[i] = field == term.Field ? term : term with { Field = field };
            }
            fields = new(terms);
        }
        // The old way to watch names one object in its path.
        var name = scope.Name;
        if (name.Length > 0 && !fields.IsEverything && !fields.Terms.Any(term => term.Field == "metadata.name" && term.IsEqual && term.Value == name))
        {
            return Statuses.BadRequest("fieldSelector metadata.name doesn't match requested name");
        }
        return labels.IsEverything && fields.IsEverything && name.Length == 0 ? All : new Selection(labels, fields, name, scope.Rules.IsCustom ? scope.Rules : null);
    }

    public override IReadOnlyList<IndexTerm[]> Needed => _needed;

    public override bool Matches(StoredObject obj)
    {
        if (IsEmpty)
        {
            return true;
        }
        if (name.Length > 0 && obj.Key.Name != name)
        {
            return false;
        }
        if (!labels.IsEverything && !labels.Matches(obj.Index.Labels))
        {
            return false;
        }
        foreach (var term in fields.Terms)
        {
            if ((Value(obj, term.Field) == term.Value) != term.IsEqual)
            {
                return false;
            }
        }
        return true;
    }

    private static List<IndexTerm[]> NeededOf(LabelSelector labels, FieldSelector fields, bool fieldsAreIndexed)
    {
        var needed = new List<IndexTerm[]>();
        foreach (var requirement in labels.Requirements)
        {
            switch (requirement.Operator)
            {
                case LabelOperator.In:
                    needed.Add([.. requirement.Values.Select(value => IndexTerm.Of(requirement.Key, value))]);
                    break;
                case LabelOperator.Exists or LabelOperator.GreaterThan or LabelOperator.LessThan:
                    needed.Add([IndexTerm.Of(requirement.Key)]);
                    break;
            }
        }
        foreach (var term in fields.Terms)
        {
            // An empty value is that of an absent field too.
            if (fieldsAreIndexed && term is { IsEqual: true, Value.Length: > 0, Field: not ("metadata.name" or "metadata.namespace") })
            {
                needed.Add([IndexTerm.Of(term.Field, term.Value)]);
            }
        }
        return needed;
    }

    private string Value(StoredObject obj, string field)
    {
        switch (field)
        {
            case "metadata.name":
                return obj.Key.Name;
            case "metadata.namespace":
                return obj.Key.Namespace;
        }
        if (custom is not null)
        {
            return custom.FieldOf(obj.Json, field);
        }
        foreach (var (known, value) in obj.Index.Fields)
        {
            if (known == field)
            {
                return value;
            }
        }
        return "";
    }

    private static string? FieldOf(TypeRules rules, string label) =>
        label is "metadata.name" or "metadata.namespace" ? label : rules.FieldOfLabel(label);

    private static Status Unknown(TypeRules rules, string label) => Statuses.BadRequest(rules.SelectableFields.Count == 0 && !rules.IsCustom
        ? $"\"{label}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        : $"field label not supported: {label}");
}
