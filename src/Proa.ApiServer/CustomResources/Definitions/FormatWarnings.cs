using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>Formats of a definition's schemas that mean nothing to the server: they are taken, and told. Pure.</summary>
internal static class FormatWarnings
{
    // As names are compared: without dashes.
    private static readonly HashSet<string> s_ofTexts = new(StringComparer.Ordinal)
    {
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13", "creditcard",
        "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime", "k8sshortname", "k8slongname",
    };

    /// <param name="old">What it had before is not told again.</param>
    public static IReadOnlyList<string> Of(JsonObject definition, JsonObject? old)
    {
        var known = old is null ? [] : Unknown(old);
        return [.. Unknown(definition).Where(format => !known.Contains(format)).Select(static format => $"unrecognized format \"{format}\"")];
    }

    private static List<string> Unknown(JsonObject definition)
    {
        var unknown = new List<string>();
        var schemas = new DefinitionSpec(definition.Object("spec") ?? []);
        // One schema that all versions share is looked at once.
        IEnumerable<JsonObject?> distinct = schemas.Schema is { } shared ? [shared] : schemas.Versions.Select(static version => version.Object("schema"));
        foreach (var schema in distinct)
        {
            SchemaNodes.Any(schema?.Object("openAPIV3Schema"), node =>
            {
                if (node.String("format") is { Length: > 0 } format && !IsKnown(node.String("type") ?? "", format))
                {
                    unknown.Add(format);
                }
                return false;
            });
        }
        return unknown;
    }

    private static bool IsKnown(string type, string format) => type switch
    {
        "" or "string" => s_ofTexts.Contains(format.Replace("-", "", StringComparison.Ordinal)),
        "integer" => format is "int32" or "int64",
        "number" => format is "float" or "double",
        _ => false,
    };
}
