using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Tables;

/// <summary>Cell texts that several kinds share.</summary>
internal static class Cells
{
    private const int MostListed = 3;

    /// <summary><c>a=b,c=d</c> by key, or <c>&lt;none&gt;</c>.</summary>
    public static string Labels(JsonObject? labels) => labels is null || labels.Count == 0
        ? RowSource.None
        : string.Join(',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={(label.Value as JsonString)?.Value}"));

    /// <summary>A label selector in its short form; empty when it selects all or is absent.</summary>
    public static string Selector(JsonObject? selector)
    {
        var parts = new List<(string Key, string Text)>();
        foreach (var (key, value) in selector?.Object("matchLabels") ?? [])
        {
            parts.Add((key, $"{key}={(value as JsonString)?.Value}"));
        }
        foreach (var expression in (selector?.Array("matchExpressions") ?? []).OfType<JsonObject>())
        {
            var key = expression.String("key") ?? "";
            var values = string.Join(',', (expression.Array("values") ?? []).OfType<JsonString>().Select(v => v.Value).Order(StringComparer.Ordinal));
            parts.Add((key, expression.String("operator") switch
            {
                "In" => $"{key} in ({values})",
                "NotIn" => $"{key} notin ({values})",
                "Exists" => key,
                _ => $"!{key}",
            }));
        }
        return string.Join(',', parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => part.Text));
    }

    /// <summary>A label selector as the original's type prints itself.</summary>
    public static string SelectorAsType(JsonObject selector)
    {
        var text = new StringBuilder("&LabelSelector{MatchLabels:map[string]string{");
        foreach (var (key, value) in (selector.Object("matchLabels") ?? []).OrderBy(static label => label.Key, StringComparer.Ordinal))
        {
            text.Append(key).Append(": ").Append((value as JsonString)?.Value).Append(',');
        }
        text.Append("},MatchExpressions:[]LabelSelectorRequirement{");
        foreach (var expression in (selector.Array("matchExpressions") ?? []).OfType<JsonObject>())
        {
            text.Append("LabelSelectorRequirement{Key:").Append(expression.String("key")).Append(",Operator:").Append(expression.String("operator"))
                .Append(",Values:[").AppendJoin(' ', (expression.Array("values") ?? []).OfType<JsonString>().Select(static value => value.Value)).Append("],},");
        }
        return text.Append("},}").ToString();
    }

    public static string SelectorOrNone(JsonObject? selector) => Selector(selector) is { Length: > 0 } text ? text : RowSource.None;

    /// <summary>The names and the images of a pod template's containers.</summary>
    public static (string Names, string Images) Containers(IReadOnlyList<JsonObject> containers) =>
        (string.Join(',', containers.Select(c => c.String("name"))), string.Join(',', containers.Select(c => c.String("image"))));

    /// <summary>Three at most, then how many more.</summary>
    public static string Some(IReadOnlyList<string> items)
    {
        if (items.Count == 0)
        {
            return RowSource.None;
        }
        var shown = string.Join(',', items.Take(MostListed));
        return items.Count > MostListed ? $"{shown} + {items.Count - MostListed} more..." : shown;
    }

    /// <summary>The addresses of a load balancer's status; not cut, as wide output is made of the same cells.</summary>
    public static string LoadBalancer(RowSource row)
    {
        var addresses = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var ingress in row.List("status", "loadBalancer", "ingress"))
        {
            if (ingress.String("ip") is { Length: > 0 } ip)
            {
                addresses.Add(ip);
            }
            else if (ingress.String("hostname") is { Length: > 0 } host)
            {
                addresses.Add(host);
            }
        }
        return string.Join(',', addresses);
    }

    public static string AccessModes(IReadOnlyList<string> modes)
    {
        var texts = new List<string>();
        foreach (var (mode, text) in s_modes)
        {
            if (modes.Contains(mode))
            {
                texts.Add(text);
            }
        }
        return string.Join(',', texts);
    }

    private static readonly (string Mode, string Text)[] s_modes =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];

    /// <summary>Marks the default of a kind whose objects can be the default by an annotation.</summary>
    public static string NameWithDefault(RowSource row, string annotation, string? older = null)
    {
        var isDefault = row.Text("metadata", "annotations", annotation) == "true"
            || (older is not null && row.Text("metadata", "annotations", older) == "true");
        return isDefault ? row.Name + " (default)" : row.Name;
    }
}
