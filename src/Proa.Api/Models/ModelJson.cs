using System.Globalization;
using System.Text.Json;
using Proa.Api.Meta;

namespace Proa.Api.Models;

/// <summary>What the generated models share: reading, writing and comparing values.</summary>
internal static class ModelJson
{
    public delegate T Reader<T>(ref Utf8JsonReader reader);

    public static void ExpectObject(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"expected an object, found {reader.TokenType}");
        }
    }

    /// <summary>Moves to the member's value; false for null, which is the same as absent.</summary>
    public static bool NextIsValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.Null;
    }

    public static string ReadString(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Null => "",
        _ => throw new JsonException($"expected a string, found {reader.TokenType}"),
    };

    public static int ReadInt32(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new JsonException("expected an int32");

    public static long ReadInt64(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : throw new JsonException("expected an int64");

    public static double ReadDouble(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : throw new JsonException("expected a number");

    public static bool ReadBool(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new JsonException("expected a boolean"),
    };

    public static byte[] ReadBytes(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Null ? [] : reader.TryGetBytesFromBase64(out var value) ? value : throw new JsonException("expected base64");

    public static DateTimeOffset ReadTime(ref Utf8JsonReader reader) =>
        DateTimeOffset.TryParse(ReadString(ref reader), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new JsonException("expected an RFC 3339 time");

    public static IReadOnlyList<T> ReadList<T>(ref Utf8JsonReader reader, Reader<T> read)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException($"expected an array, found {reader.TokenType}");
        }
        List<T>? items = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            (items ??= []).Add(read(ref reader));
        }
        return items is null ? ModelList<T>.Explicit : items;
    }

    public static IReadOnlyDictionary<string, T> ReadMap<T>(ref Utf8JsonReader reader, Reader<T> read)
    {
        ExpectObject(ref reader);
        Dictionary<string, T>? map = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            (map ??= new(StringComparer.Ordinal))[key] = read(ref reader);
        }
        return map is null ? ModelMap<T>.Explicit : map;
    }

    public static IReadOnlyDictionary<string, IReadOnlyList<T>> ReadListMap<T>(ref Utf8JsonReader reader, Reader<T> read) =>
        ReadMap(ref reader, (ref Utf8JsonReader r) => r.TokenType == JsonTokenType.Null ? [] : ReadList(ref r, read));

    public static void WriteString(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);

    public static void WriteInt32(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    public static void WriteInt64(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);

    public static void WriteDouble(Utf8JsonWriter writer, double value) => writer.WriteNumberValue(value);

    public static void WriteBool(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);

    public static void WriteBytes(Utf8JsonWriter writer, byte[] value) => writer.WriteBase64StringValue(value);

    public static void WriteModel<T>(Utf8JsonWriter writer, T value) where T : IModel<T> => value.Write(writer);

    /// <summary>Times of the API are whole seconds.</summary>
    public static void WriteTime(Utf8JsonWriter writer, DateTimeOffset value) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>Leases and events count microseconds.</summary>
    public static void WriteMicroTime(Utf8JsonWriter writer, DateTimeOffset value) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));

    public static void WriteList<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0 && !ReferenceEquals(items, ModelList<T>.Explicit))
        {
            return;
        }
        writer.WritePropertyName(name);
        WriteItems(writer, items, write);
    }

    public static void WriteMap<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, T> map, Action<Utf8JsonWriter, T> write)
    {
        if (map.Count == 0 && !ReferenceEquals(map, ModelMap<T>.Explicit))
        {
            return;
        }
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            writer.WritePropertyName(key);
            write(writer, value);
        }
        writer.WriteEndObject();
    }

    public static void WriteListMap<T>(
        Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, IReadOnlyList<T>> map, Action<Utf8JsonWriter, T> write) =>
        WriteMap(writer, name, map, (w, items) => WriteItems(w, items, write));

    public static bool Same<T>(IReadOnlyList<T> a, IReadOnlyList<T> b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }
        if (a.Count != b.Count)
        {
            return false;
        }
        for (var i = 0; i < a.Count; i++)
        {
            if (!EqualityComparer<T>.Default.Equals(a[i], b[i]))
            {
                return false;
            }
        }
        return true;
    }

    public static bool SameMap<T>(IReadOnlyDictionary<string, T> a, IReadOnlyDictionary<string, T> b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }
        if (a.Count != b.Count)
        {
            return false;
        }
        foreach (var (key, value) in a)
        {
            if (!b.TryGetValue(key, out var other)
                || !(value is byte[] x && other is byte[] y ? SameBytes(x, y) : EqualityComparer<T>.Default.Equals(value, other)))
            {
                return false;
            }
        }
        return true;
    }

    public static bool SameListMap<T>(IReadOnlyDictionary<string, IReadOnlyList<T>> a, IReadOnlyDictionary<string, IReadOnlyList<T>> b) =>
        a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var other) && Same(pair.Value, other));

    public static bool SameBytes(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b) && (a is null) == (b is null);

    private static void WriteItems<T>(Utf8JsonWriter writer, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray();
        for (var i = 0; i < items.Count; i++)
        {
            write(writer, items[i]);
        }
        writer.WriteEndArray();
    }
}

/// <summary>
/// An empty list that was read as <c>[]</c>, told apart from an absent one: it is written back, while an empty list made
/// by code is not, which is how the original's types behave.
/// </summary>
internal static class ModelList<T>
{
    public static readonly IReadOnlyList<T> Explicit = new List<T>(0);
}

/// <inheritdoc cref="ModelList{T}"/>
public static class ModelMap<T>
{
    public static readonly IReadOnlyDictionary<string, T> Empty = new Dictionary<string, T>(0);

    internal static readonly IReadOnlyDictionary<string, T> Explicit = new Dictionary<string, T>(0);
}
