using System.Text.Json;
using Proa.Api.Json;
using Proa.Store.Encryption;

namespace Proa.Store.Etcd;

/// <summary>
/// Between a value in etcd and an object's JSON in the form that the index keeps: <c>kind</c>, <c>apiVersion</c> and
/// <c>metadata</c> first. Values are JSON without a resourceVersion, as an original with the storage media type
/// <c>application/json</c> writes them; its protobuf values are read too. Thread-safe.
/// </summary>
internal sealed class EtcdValues(IValueTransformer transformer)
{
    public ReadOnlyMemory<byte> ToEtcd(in ObjectKey key, ReadOnlyMemory<byte> json) => transformer.ToDisk(key, json);

    /// <summary>The object's JSON, and where in it the resourceVersion goes.</summary>
    /// <exception cref="StoreOpenException">It is encrypted, and no key opens it.</exception>
    /// <exception cref="FormatException">Not an object of the API.</exception>
    public (byte[] Json, int RevisionOffset) FromEtcd(in ObjectKey key, ReadOnlySpan<byte> value)
    {
        var json = transformer.FromDisk(key, value);
        if (json is [.., (byte)'\n'])
        {
            // The original's encoder ends a text with it.
            json = json[..^1];
        }
        try
        {
            if (TryFindPlace(json, out var offset) && !ForeignDefaults.MayBeMissing(key.Resource, json))
            {
                return (json, offset);
            }
            var obj = ForeignForms.Read(json);
            ForeignDefaults.Set(key.Resource, obj);
            json = JsonTree.ToUtf8(InOrder(obj));
            return TryFindPlace(json, out offset) ? (json, offset) : throw new FormatException("it has no kind, apiVersion and metadata");
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON: {error.Message}", error);
        }
    }

    /// <summary>Whether the JSON is in the kept form already.</summary>
    private static bool TryFindPlace(ReadOnlySpan<byte> json, out int offset)
    {
        offset = 0;
        if (json.IsEmpty || json[0] != '{' || json[^1] != '}')
        {
            return false;
        }
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonTree.MaxDepth });
        reader.Read();
        if (!IsText(ref reader, "kind"u8) || !IsText(ref reader, "apiVersion"u8) || reader.ValueTextEquals(StoredDefinition.OldVersion)
            || !reader.Read() || !reader.ValueTextEquals("metadata"u8) || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        offset = (int)reader.BytesConsumed;
        var empty = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
            {
                return false;
            }
            empty = false;
            reader.Skip();
        }
        // Compact: the mark before the offset is the brace itself, and the first member follows at once.
        return !empty && json[offset - 1] == '{' && json[offset] == '"';
    }

    private static bool IsText(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name)
        && reader.Read() && reader.TokenType == JsonTokenType.String;

    private static JsonObject InOrder(JsonObject obj)
    {
        var metadata = new JsonObject();
        foreach (var (name, member) in obj.Object("metadata") ?? [])
        {
            if (name != "resourceVersion")
            {
                metadata[name] = member;
            }
        }
        var ordered = new JsonObject { ["kind"] = obj["kind"], ["apiVersion"] = obj["apiVersion"], ["metadata"] = metadata };
        foreach (var (name, member) in obj)
        {
            if (name is not ("kind" or "apiVersion" or "metadata"))
            {
                ordered[name] = member;
            }
        }
        return ordered;
    }
}
