using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class StorageClassStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "StorageClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.DefaultUnset("reclaimPolicy", "Delete");
        obj.DefaultUnset("volumeBindingMode", "Immediate");
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        var i = 0;
        foreach (var term in obj.Objects("allowedTopologies"))
        {
            var j = 0;
            foreach (var expression in term.Objects("matchLabelExpressions"))
            {
                if (Pods.NodeLabelWarnings.Of(expression.Text("key")) is { } text)
                {
                    warnings.Add($"allowedTopologies[{i}].matchLabelExpressions[{j}].key: {text}");
                }
                j++;
            }
            i++;
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var provisioner = obj.Text("provisioner");
        if (provisioner.Length == 0)
        {
            errors.Required("provisioner");
        }
        else
        {
            errors.Invalid("provisioner", provisioner.ToLowerInvariant(), Names.QualifiedName(provisioner.ToLowerInvariant()));
        }
        ParameterRules.Check(obj, needed: false, errors);
        if (obj.Text("reclaimPolicy") is { Length: > 0 } policy and not ("Delete" or "Retain"))
        {
            errors.NotSupported("reclaimPolicy", policy, "Delete", "Retain");
        }
        if (obj.String("volumeBindingMode") is not { } mode)
        {
            errors.Required("volumeBindingMode");
        }
        else if (mode is not ("Immediate" or "WaitForFirstConsumer"))
        {
            errors.NotSupported("volumeBindingMode", mode, "Immediate", "WaitForFirstConsumer");
        }
        Topologies(obj, errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        foreach (var name in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"])
        {
            errors.Immutable(name, obj[name], old[name]);
        }
    }

    private static string Canonical(JsonObject term) => string.Join(';', term.Objects("matchLabelExpressions")
        .Select(static e => $"{e.Text("key")}={string.Join(',', (e.Array("values") ?? []).Select(static v => v.ToString()).Order(StringComparer.Ordinal))}")
        .Order(StringComparer.Ordinal));

    private static void Topologies(JsonObject obj, FieldErrors errors)
    {
        var i = 0;
        // Terms that are alike are told, with no value. The original begins its list with as many empty terms as there are terms, so
        // that each term without expressions has that many doubles.
        var terms = Enumerable.Repeat("", obj.Objects("allowedTopologies").Count()).ToList();
        foreach (var term in obj.Objects("allowedTopologies"))
        {
            var at = $"allowedTopologies[{i++}].matchLabelExpressions";
            var keys = new HashSet<string>(StringComparer.Ordinal);
            var j = 0;
            foreach (var expression in term.Objects("matchLabelExpressions"))
            {
                var here = $"{at}[{j++}]";
                var values = expression.Array("values") ?? [];
                if (values.Count == 0)
                {
                    errors.Required($"{here}.values");
                }
                var seen = new HashSet<string>(StringComparer.Ordinal);
                for (var v = 0; v < values.Count; v++)
                {
                    if (!seen.Add(values[v].ToString()))
                    {
                        errors.Duplicate($"{here}.values[{v}]", values[v]);
                    }
                }
                var key = expression.Text("key");
                errors.Invalid($"{here}.key", key, Names.QualifiedName(key));
                if (!keys.Add(key))
                {
                    errors.Duplicate($"{here}.key", key);
                }
            }
            var canonical = Canonical(term);
            foreach (var _ in terms.Where(other => other == canonical))
            {
                errors.Duplicate(at, "");
            }
            terms.Add(canonical);
        }
    }
}
