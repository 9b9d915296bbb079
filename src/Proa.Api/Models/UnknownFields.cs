using System.Text.Json;
using Proa.Api.Meta;

namespace Proa.Api.Models;

/// <summary>The members of an object that its model does not know, in the order they came.</summary>
internal sealed class UnknownFields
{
    private readonly List<(string Name, RawJson Value)> _fields = [];

    /// <summary>Takes the member at the reader, which stands on its name.</summary>
    public static void Read(ref Utf8JsonReader reader, ref UnknownFields? fields)
    {
        var name = reader.GetString()!;
        reader.Read();
        (fields ??= new())._fields.Add((name, RawJson.Read(ref reader)));
    }

    public static bool Same(UnknownFields? a, UnknownFields? b) =>
        ReferenceEquals(a, b) || (a is not null && b is not null && a._fields.SequenceEqual(b._fields));

    public void Write(Utf8JsonWriter writer)
    {
        foreach (var (name, value) in _fields)
        {
            writer.WritePropertyName(name);
            value.Write(writer);
        }
    }
}
