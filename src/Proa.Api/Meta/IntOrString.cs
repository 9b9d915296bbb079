using System.Globalization;
using System.Text.Json;

namespace Proa.Api.Meta;

/// <summary>A port number or name, a count or a percentage: an int32 or a string in JSON.</summary>
public readonly record struct IntOrString : IModel<IntOrString>
{
    private IntOrString(int number, string? text)
    {
        Number = number;
        Text = text;
    }

    /// <summary>Valid when <see cref="Text"/> is null.</summary>
    public int Number { get; }

    public string? Text { get; }

    public bool IsInt => Text is null;

    public static implicit operator IntOrString(int number) => new(number, null);

    public static implicit operator IntOrString(string text) => new(0, text);

    public static IntOrString Read(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number
        ? reader.GetInt32()
        : reader.GetString()!;

    public void Write(Utf8JsonWriter writer)
    {
        if (Text is null)
        {
            writer.WriteNumberValue(Number);
        }
        else
        {
            writer.WriteStringValue(Text);
        }
    }

    /// <summary>The number, or the percentage of <paramref name="total"/>.</summary>
    /// <exception cref="FormatException">A string that is not a percentage.</exception>
    public int Scaled(int total, bool roundUp)
    {
        if (Text is null)
        {
            return Number;
        }
        if (!Text.EndsWith('%') || !int.TryParse(Text.AsSpan(0, Text.Length - 1), CultureInfo.InvariantCulture, out var percent))
        {
            throw new FormatException($"invalid value for IntOrString: invalid type: string is not a percentage: {Text}");
        }
        var product = (long)percent * total;
        return (int)(roundUp ? (product + 99) / 100 : product / 100);
    }

    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}
