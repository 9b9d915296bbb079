using Proa.Api.Json;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>What a review asks about, as a request. Pure.</summary>
internal static class AskedAccess
{
    public static RequestInfo Read(JsonObject spec)
    {
        if (spec.Object("resourceAttributes") is not { } asked)
        {
            var path = spec.Object("nonResourceAttributes")!;
            return new(path.String("verb") ?? "", path.String("path") ?? "");
        }
        return new(asked.String("verb") ?? "", "")
        {
            IsResource = true,
            Group = asked.String("group") ?? "",
            Version = asked.String("version") ?? "",
            Resource = asked.String("resource") ?? "",
            Subresource = asked.String("subresource") ?? "",
            Namespace = asked.String("namespace") ?? "",
            Name = asked.String("name") ?? "",
            FieldSelector = Fields(asked.Object("fieldSelector")),
        };
    }

    // Requirements that cannot be said as text only narrow a request: leaving them out can allow no more.
    private static string Fields(JsonObject? selector)
    {
        if (selector?.String("rawSelector") is { Length: > 0 } raw)
        {
            return raw;
        }
        var terms = new List<string>();
        foreach (var item in selector?.Array("requirements") ?? [])
        {
            if (item is JsonObject requirement && requirement.Array("values") is [JsonString value])
            {
                switch (requirement.String("operator"))
                {
                    case "In":
                        terms.Add($"{requirement.String("key")}={Escape(value.Value)}");
                        break;
                    case "NotIn":
                        terms.Add($"{requirement.String("key")}!={Escape(value.Value)}");
                        break;
                }
            }
        }
        return string.Join(',', terms);
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}
