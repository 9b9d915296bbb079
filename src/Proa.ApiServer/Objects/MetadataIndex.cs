using System.Text.Json;
using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Objects;

/// <summary>
/// Reads the index of an object whose kind has no selectable fields out of its JSON, without a tree: a start with 100,000 objects
/// is mostly this. Pure.
/// </summary>
internal static class MetadataIndex
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = JsonTree.MaxDepth };

    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static ObjectIndex Read(ReadOnlySpan<byte> json, SharedTexts texts)
    {
        var reader = new Utf8JsonReader(json, s_options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the JSON value is not an object");
        }
        var index = ObjectIndex.Empty;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (isMetadata && reader.TokenType == JsonTokenType.StartObject)
            {
                index = Metadata(ref reader, texts);
            }
            else
            {
                // To its end: what is damaged must not be taken for an object.
                reader.Skip();
            }
        }
        return reader.Read() ? throw new JsonException("text after the end of the JSON value") : index;
    }

    private static ObjectIndex Metadata(ref Utf8JsonReader reader, SharedTexts texts)
    {
        var uid = "";
        IReadOnlyList<KeyValuePair<string, string>> labels = [];
        IReadOnlyList<string> owners = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("uid"u8))
            {
                reader.Read();
                uid = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
                reader.Skip();
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                reader.Read();
                labels = Labels(ref reader, texts);
            }
            else if (reader.ValueTextEquals("ownerReferences"u8))
            {
                reader.Read();
                owners = Owners(ref reader, texts);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return new ObjectIndex { Uid = uid, Labels = labels, OwnerUids = owners };
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Labels(ref Utf8JsonReader reader, SharedTexts texts)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return [];
        }
        var labels = new List<KeyValuePair<string, string>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Text(ref reader, texts);
            reader.Read();
            var value = reader.TokenType == JsonTokenType.String ? Text(ref reader, texts) : "";
            reader.Skip();
            labels.RemoveAll(label => label.Key == key);
            labels.Add(new(key, value));
        }
        return labels.Count == 0 ? [] : labels.ToArray();
    }

    private static IReadOnlyList<string> Owners(ref Utf8JsonReader reader, SharedTexts texts)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return [];
        }
        var uids = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            string? uid = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUid = reader.ValueTextEquals("uid"u8);
                reader.Read();
                if (isUid)
                {
                    uid = reader.TokenType == JsonTokenType.String ? Text(ref reader, texts) : null;
                }
                reader.Skip();
            }
            if (uid is not null)
            {
                uids.Add(uid);
            }
        }
        return uids.Count == 0 ? [] : uids.ToArray();
    }

    private static string Text(ref Utf8JsonReader reader, SharedTexts texts) => reader.ValueIsEscaped ? reader.GetString()! : texts.Of(reader.ValueSpan);
}
