using System.Text.Json;
using Proa.Api.Models.Meta;

namespace Proa.Controllers.Resources;

/// <summary>Reads the metadata of an object of whatever kind, and nothing else of it.</summary>
internal static class MetadataReader
{
    /// <exception cref="JsonException">Not an object.</exception>
    public static ObjectMeta Read(ReadOnlySpan<byte> json)
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
            if (metadata)
            {
                return ObjectMeta.Read(ref reader);
            }
            reader.Skip();
        }
        return ObjectMeta.Empty;
    }
}
