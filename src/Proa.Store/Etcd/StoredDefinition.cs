using Proa.Api.Json;

namespace Proa.Store.Etcd;

/// <summary>
/// A custom resource definition in the version in which the original keeps it: what all its versions share stands once above
/// them, a column's path has another name, and a conversion's webhook is not in an object of its own. Pure.
/// </summary>
internal static class StoredDefinition
{
    public const string OldVersion = "apiextensions.k8s.io/v1beta1";

    public static void Convert(JsonObject definition)
    {
        definition["apiVersion"] = "apiextensions.k8s.io/v1";
        if (definition.Object("spec") is not { } spec)
        {
            return;
        }
        var versions = spec.Array("versions") is { Count: > 0 } listed ? listed : Only(spec.String("version") ?? "");
        spec["versions"] = versions;
        foreach (var item in versions)
        {
            if (item is JsonObject version)
            {
                Share(version, "schema", spec["validation"]);
                Share(version, "subresources", spec["subresources"]);
                Share(version, "additionalPrinterColumns", spec["additionalPrinterColumns"]);
                foreach (var column in version.Array("additionalPrinterColumns") ?? [])
                {
                    Rename(column as JsonObject, "JSONPath", "jsonPath");
                }
            }
        }
        foreach (var shared in (string[])["version", "validation", "subresources", "additionalPrinterColumns"])
        {
            spec.Remove(shared);
        }
        if (spec["preserveUnknownFields"] is JsonBool { Value: false })
        {
            spec.Remove("preserveUnknownFields");
        }
        if (spec.Object("conversion") is { } conversion && (conversion.ContainsKey("webhookClientConfig") || conversion.ContainsKey("conversionReviewVersions")))
        {
            var webhook = new JsonObject();
            Move(conversion, "webhookClientConfig", webhook, "clientConfig");
            Move(conversion, "conversionReviewVersions", webhook, "conversionReviewVersions");
            if (webhook.ContainsKey("clientConfig"))
            {
                conversion["webhook"] = webhook;
            }
        }
    }

    private static JsonArray Only(string name) =>
        [new JsonObject { ["name"] = name, ["served"] = true, ["storage"] = true }];

    private static void Share(JsonObject version, string name, JsonValue? shared)
    {
        if (!version.ContainsKey(name) && shared is not (null or JsonNull))
        {
            version[name] = shared.Clone();
        }
    }

    private static void Rename(JsonObject? obj, string from, string to)
    {
        if (obj is not null)
        {
            Move(obj, from, obj, to);
        }
    }

    private static void Move(JsonObject source, string from, JsonObject target, string to)
    {
        if (source[from] is { } value)
        {
            source.Remove(from);
            target[to] = value;
        }
    }
}
