using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Proa.Api.Meta;

namespace Proa.Api.Models;

/// <summary>Turns models into bytes and back.</summary>
public static class Model
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="JsonException">Not JSON, or not of this type.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json) where T : IModel<T>
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        return T.Read(ref reader);
    }

    public static byte[] ToUtf8<T>(T model) where T : IModel<T>
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            model.Write(writer);
        }
        return buffer.WrittenSpan.ToArray();
    }
}
