using System.Text.Json;

namespace Proa.Client.Informers;

/// <summary>What names an object, read from its bytes without decoding the rest.</summary>
public readonly record struct ObjectKey(string? Namespace, string? Name, string? ResourceVersion)
{
    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static ObjectKey Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object");
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var metadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (metadata && reader.TokenType == JsonTokenType.StartObject)
            {
                return ReadMetadata(ref reader);
            }
            reader.Skip();
        }
        return default;
    }

    private static ObjectKey ReadMetadata(ref Utf8JsonReader reader)
    {
        string? ns = null, name = null, revision = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("namespace"u8))
            {
                reader.Read();
                ns = reader.GetString();
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = reader.GetString();
            }
            else if (reader.ValueTextEquals("resourceVersion"u8))
            {
                reader.Read();
                revision = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }
        return new(ns, name, revision);
    }
}
