using System.Text.Json;

namespace Proa.ApiServer.Aggregation;

/// <summary>Reads the names of the APIServices that a CustomResourceDefinition calls for, and nothing else of it: schemas are long.</summary>
internal static class DefinitionVersions
{
    /// <summary>Such as <c>v1.example.com</c>, one for each version that is served.</summary>
    public static string[] Read(ReadOnlySpan<byte> definition)
    {
        var reader = new Utf8JsonReader(definition);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var spec = reader.ValueTextEquals("spec"u8);
            reader.Read();
            if (spec)
            {
                return Spec(ref reader);
            }
            reader.Skip();
        }
        return [];
    }

    private static string[] Spec(ref Utf8JsonReader reader)
    {
        var group = "";
        var versions = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("group"u8))
            {
                reader.Read();
                group = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("versions"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    if (Version(ref reader) is { } name)
                    {
                        versions.Add(name);
                    }
                }
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return [.. versions.Select(version => $"{version}.{group}")];
    }

    private static string? Version(ref Utf8JsonReader reader)
    {
        string? name = null;
        var served = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = reader.GetString();
            }
            else if (reader.ValueTextEquals("served"u8))
            {
                reader.Read();
                served = reader.TokenType == JsonTokenType.True;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return served ? name : null;
    }
}
