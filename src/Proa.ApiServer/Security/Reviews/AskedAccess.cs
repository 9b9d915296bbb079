using Proa.Api.Json;
using Proa.Api.Selectors;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>What a review asks about, as a request. Pure.</summary>
internal static class AskedAccess
{
    /// <param name="unread">What of the selectors could not be read and is left out: requirements only narrow a request, leaving them out can allow no more.</param>
    public static RequestInfo Read(JsonObject spec, out IReadOnlyList<string> unread)
    {
        unread = [];
        if (spec.Object("resourceAttributes") is not { } asked)
        {
            var path = spec.Object("nonResourceAttributes")!;
            return new(path.String("verb") ?? "", path.String("path") ?? "");
        }
        var wrong = new List<string>();
        var fields = Selector(asked.Object("fieldSelector"), "fieldSelector", static raw => FieldSelector.TryParse(raw, out _, out _), Field, wrong);
        var labels = Selector(asked.Object("labelSelector"), "labelSelector", static raw => LabelSelector.TryParse(raw, out _, out _), Label, wrong);
        unread = wrong;
        return new(asked.String("verb") ?? "", "")
        {
            IsResource = true,
            Group = asked.String("group") ?? "",
            Version = asked.String("version") is { Length: > 0 } version ? version : "*",
            Resource = asked.String("resource") ?? "",
            Subresource = asked.String("subresource") ?? "",
            Namespace = asked.String("namespace") ?? "",
            Name = asked.String("name") ?? "",
            FieldSelector = fields,
            LabelSelector = labels,
        };
    }

    private static string Selector(JsonObject? selector, string name, Func<string, bool> reads, Func<JsonObject, string?> term, List<string> wrong)
    {
        if (selector?.String("rawSelector") is { Length: > 0 } raw)
        {
            if (reads(raw))
            {
                return raw;
            }
            wrong.Add($"spec.resourceAttributes.{name} ignored due to parse error");
            return "";
        }
        var all = (selector?.Array("requirements") ?? []).OfType<JsonObject>().Select(term).ToList();
        var terms = all.OfType<string>().ToList();
        if (terms.Count < all.Count)
        {
            wrong.Add($"spec.resourceAttributes.{name} {(terms.Count > 0 ? "partially " : "")}ignored due to parse error");
        }
        return string.Join(',', terms);
    }

    private static string? Field(JsonObject requirement) => (requirement.String("operator"), requirement.Array("values")) switch
    {
        ("In", [JsonString value]) => $"{requirement.String("key")}={Escape(value.Value)}",
        ("NotIn", [JsonString value]) => $"{requirement.String("key")}!={Escape(value.Value)}",
        _ => null,
    };

    private static string? Label(JsonObject requirement)
    {
        var key = requirement.String("key") ?? "";
        var values = string.Join(',', UserJson.Strings(requirement.Array("values")));
        var text = requirement.String("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "Exists" => key,
            "DoesNotExist" => "!" + key,
            _ => null,
        };
        return text is not null && LabelSelector.TryParse(text, out _, out _) ? text : null;
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}
