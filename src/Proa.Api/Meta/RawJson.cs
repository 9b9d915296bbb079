using System.Text.Json;

namespace Proa.Api.Meta;

/// <summary>Any JSON value, kept as its bytes; <c>default</c> is null.</summary>
public readonly struct RawJson(byte[] utf8) : IModel<RawJson>, IEquatable<RawJson>
{
    private readonly byte[]? _utf8 = utf8;

    public ReadOnlyMemory<byte> Utf8 => _utf8 ?? "null"u8.ToArray();

    public static RawJson Read(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new(System.Text.Encoding.UTF8.GetBytes(document.RootElement.GetRawText()));
    }

    public void Write(Utf8JsonWriter writer) => writer.WriteRawValue(Utf8.Span, skipInputValidation: true);

    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    public override bool Equals(object? obj) => obj is RawJson other && Equals(other);

    public override int GetHashCode() => _utf8?.Length ?? 0;

    public static bool operator ==(RawJson a, RawJson b) => a.Equals(b);

    public static bool operator !=(RawJson a, RawJson b) => !a.Equals(b);

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Utf8.Span);
}
