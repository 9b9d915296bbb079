using System.Globalization;

namespace Proa.Api.Json;

public sealed class JsonNull : JsonValue
{
    public static readonly JsonNull Instance = new();

    private JsonNull()
    {
    }

    public override JsonValueKind Kind => JsonValueKind.Null;

    public override bool DeepEquals(JsonValue? other) => other is JsonNull;
}

public sealed class JsonBool : JsonValue
{
    public static readonly JsonBool True = new(true);
    public static readonly JsonBool False = new(false);

    private JsonBool(bool value) => Value = value;

    public bool Value { get; }

    public override JsonValueKind Kind => JsonValueKind.Bool;

    public override bool DeepEquals(JsonValue? other) => other is JsonBool b && b.Value == Value;
}

public sealed class JsonString(string value) : JsonValue
{
    public string Value { get; } = value;

    public override JsonValueKind Kind => JsonValueKind.String;

    public override bool DeepEquals(JsonValue? other) => other is JsonString s && s.Value == Value;
}

/// <summary>A number, kept as it was written; <c>1</c>, <c>1.0</c> and <c>1e0</c> are equal but print as they came.</summary>
public sealed class JsonNumber : JsonValue
{
    public JsonNumber(long value) => Text = value.ToString(CultureInfo.InvariantCulture);

    /// <param name="text">A number in JSON's grammar; the caller vouches for it.</param>
    public JsonNumber(string text) => Text = text;

    public string Text { get; }

    public override JsonValueKind Kind => JsonValueKind.Number;

    /// <summary>False when the number has a fraction or an exponent, or does not fit.</summary>
    public bool TryGetInt64(out long value) =>
        long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public double ToDouble() => double.Parse(Text, CultureInfo.InvariantCulture);

    public override bool DeepEquals(JsonValue? other) =>
        other is JsonNumber n && (n.Text == Text || (!(TryGetInt64(out _) && n.TryGetInt64(out _)) && n.ToDouble() == ToDouble()));
}
