using System.Text.Json;

namespace Proa.Api.Meta;

/// <summary>
/// A generated, immutable model of a part of an object. Fields that the model does not know are kept and written back,
/// so that reading an object, changing it with <c>with</c> and writing it loses nothing.
/// </summary>
public interface IModel<TSelf> where TSelf : IModel<TSelf>
{
    /// <summary>Reads the value at the reader, which stands on its first token; afterwards it stands on its last.</summary>
    /// <exception cref="JsonException">The JSON is malformed, or a field's type differs from the schema's.</exception>
    static abstract TSelf Read(ref Utf8JsonReader reader);

    void Write(Utf8JsonWriter writer);
}
