using System.Text.Json;
using System.Text.Json.Serialization;

namespace Proa.Backup;

/// <summary>A line of what <c>POST /proa/restore</c> answers; one member is set, <see cref="Remedy"/> beside <see cref="Problem"/>.</summary>
/// <param name="Step">What is done now.</param>
/// <param name="Problem">Why it failed.</param>
/// <param name="Done">How it ended: the last line, when it did not fail.</param>
internal sealed record RestoreLine(string? Step = null, string? Problem = null, string? Remedy = null, string? Done = null)
{
    public byte[] ToUtf8() => [.. JsonSerializer.SerializeToUtf8Bytes(this, RestoreJson.Default.RestoreLine), (byte)'\n'];

    /// <exception cref="JsonException">It is none.</exception>
    public static RestoreLine Parse(string text) => JsonSerializer.Deserialize(text, RestoreJson.Default.RestoreLine)!;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RestoreLine))]
internal sealed partial class RestoreJson : JsonSerializerContext;
