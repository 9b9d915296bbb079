using Proa.Api.Json;
using Proa.Api.Selectors;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>Label selectors and labels, from objects as they are stored. Pure.</summary>
internal static class SelectorReader
{
    /// <summary>An absent or empty selector selects all.</summary>
    /// <exception cref="FormatException">An unknown operator; validated objects have none.</exception>
    public static LabelSelector Of(JsonObject? selector)
    {
        if (selector is null)
        {
            return LabelSelector.Everything;
        }
        var requirements = new List<LabelRequirement>();
        foreach (var (key, value) in selector.Object("matchLabels") ?? [])
        {
            requirements.Add(new(key, LabelOperator.In, [(value as JsonString)?.Value ?? ""]));
        }
        foreach (var item in selector.Array("matchExpressions") ?? [])
        {
            if (item is JsonObject expression)
            {
                requirements.Add(new(expression.String("key") ?? "", Operator(expression.String("operator")),
                    [.. (expression.Array("values") ?? []).OfType<JsonString>().Select(static value => value.Value)]));
            }
        }
        return requirements.Count == 0 ? LabelSelector.Everything : new(requirements);
    }

    public static IReadOnlyList<KeyValuePair<string, string>> Labels(JsonObject obj)
    {
        if (obj.Object("metadata")?.Object("labels") is not { Count: > 0 } labels)
        {
            return [];
        }
        var read = new List<KeyValuePair<string, string>>(labels.Count);
        foreach (var (key, value) in labels)
        {
            if (value is JsonString text)
            {
                read.Add(new(key, text.Value));
            }
        }
        return read;
    }

    private static LabelOperator Operator(string? name) => name switch
    {
        "In" => LabelOperator.In,
        "NotIn" => LabelOperator.NotIn,
        "Exists" => LabelOperator.Exists,
        "DoesNotExist" => LabelOperator.DoesNotExist,
        _ => throw new FormatException($"\"{name}\" is not a valid label selector operator"),
    };
}
