using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Proa.Api.Meta;

/// <summary>
/// A fixed-point amount with a suffix, such as <c>100m</c>, <c>1Gi</c> or <c>2e3</c>. Exact: never a floating-point number.
/// Finer than a billionth is rounded up; beyond ±2^63-1 is capped, as the original does.
/// </summary>
public readonly record struct Quantity : IModel<Quantity>, IComparable<Quantity>
{
    private static readonly string[] s_binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    private static readonly string[] s_decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private const long Nano = 1_000_000_000;

    private readonly Int128 _nanos;
    private readonly QuantityFormat _format;

    private Quantity(Int128 nanos, QuantityFormat format)
    {
        _nanos = nanos;
        _format = format;
    }

    public static Quantity Zero => default;

    public QuantityFormat Format => _format;

    public bool IsZero => _nanos == 0;

    public int Sign => Int128.Sign(_nanos);

    /// <summary>Whole units, rounded up (away from zero), capped to a long.</summary>
    public long Value => Ceil(Nano);

    /// <summary>Thousandths, rounded up; the unit for CPU.</summary>
    public long MilliValue => Ceil(1_000_000);

    public static Quantity FromMilli(long milli) => new((Int128)milli * 1_000_000, QuantityFormat.DecimalSi);

    public static Quantity FromLong(long value, QuantityFormat format = QuantityFormat.DecimalSi) => new((Int128)value * Nano, format);

    public static Quantity operator +(Quantity a, Quantity b) => new(Cap(a._nanos + b._nanos), a.IsZero ? b._format : a._format);

    public static Quantity operator -(Quantity a, Quantity b) => new(Cap(a._nanos - b._nanos), a.IsZero ? b._format : a._format);

    /// <exception cref="FormatException">Not a quantity.</exception>
    public static Quantity Parse(string text) => TryParse(text, out var value)
        ? value
        : throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    /// <summary>What the original says of a text that is not a quantity.</summary>
    public static string ErrorOf(string text)
    {
        const string Format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var number = at;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
        {
            at++;
        }
        if (at == number || text.AsSpan(number, at - number).Count('.') > 1)
        {
            return Format;
        }
        while (at < text.Length && "eEinumkKMGTP".Contains(text[at]))
        {
            at++;
        }
        if (at < text.Length && text[at] is '+' or '-')
        {
            at++;
        }
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }
        return at == text.Length ? "unable to parse quantity's suffix" : Format;
    }

    public static bool TryParse(string text, out Quantity quantity)
    {
        if (TryParseShort(text, out quantity))
        {
            return true;
        }
        quantity = default;
        var at = 0;
        var negative = false;
        if (at < text.Length && text[at] is '+' or '-')
        {
            negative = text[at++] == '-';
        }
        var start = at;
        var point = -1;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && point < 0)))
        {
            if (text[at] == '.')
            {
                point = at;
            }
            at++;
        }
        var digits = point < 0 ? text[start..at] : text[start..point] + text[(point + 1)..at];
        if (digits.Length == 0)
        {
            return false;
        }
        var fraction = point < 0 ? 0 : at - point - 1;
        var suffix = text[at..];
        QuantityFormat format;
        var number = BigInteger.Parse(digits, CultureInfo.InvariantCulture) * Nano;
        int exponent;
        if (suffix.Length == 2 && suffix[1] == 'i' && Array.IndexOf(s_binary, suffix) is var binary and > 0)
        {
            number <<= 10 * binary;
            exponent = 0;
            format = QuantityFormat.BinarySi;
        }
        else if (Array.IndexOf(s_decimal, suffix) is var index and >= 0)
        {
            exponent = (index - 3) * 3;
            format = QuantityFormat.DecimalSi;
        }
        else if (suffix[0] is 'e' or 'E' && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            && exponent is >= -1000 and <= 1000)
        {
            format = QuantityFormat.DecimalExponent;
        }
        else
        {
            return false;
        }
        exponent -= fraction;
        if (exponent >= 0)
        {
            number *= BigInteger.Pow(10, exponent);
        }
        else
        {
            var divisor = BigInteger.Pow(10, -exponent);
            number = BigInteger.DivRem(number, divisor, out var rest);
            if (!rest.IsZero)
            {
                number += 1;
            }
        }
        var cap = (BigInteger)long.MaxValue * Nano;
        quantity = new((Int128)(negative ? -BigInteger.Min(number, cap) : BigInteger.Min(number, cap)), format);
        return true;
    }

    // Nearly all quantities are a short whole number with or without a suffix: no BigInteger for these.
    private static bool TryParseShort(string text, out Quantity quantity)
    {
        quantity = default;
        var at = 0;
        long number = 0;
        while (at < text.Length && at < 10 && char.IsAsciiDigit(text[at]))
        {
            number = (number * 10) + (text[at++] - '0');
        }
        if (at == 0)
        {
            return false;
        }
        switch (text.Length - at)
        {
            case 0:
                quantity = new((Int128)number * Nano, QuantityFormat.DecimalSi);
                return true;
            case 1 when text[at] == 'm':
                quantity = new((Int128)number * 1_000_000, QuantityFormat.DecimalSi);
                return true;
            case 2 when text[at + 1] == 'i' && text[at] is 'K' or 'M' or 'G':
                var shift = text[at] == 'K' ? 10 : text[at] == 'M' ? 20 : 30;
                quantity = new((Int128)(number << shift) * Nano, QuantityFormat.BinarySi);
                return number < 1L << 30;
            default:
                return false;
        }
    }

    public static Quantity Read(ref Utf8JsonReader reader)
    {
        var text = reader.TokenType == JsonTokenType.Number
            ? System.Text.Encoding.ASCII.GetString(reader.ValueSpan)
            : reader.GetString()!;
        return TryParse(text, out var value) ? value : throw new JsonException($"\"{text}\" is not a quantity");
    }

    public void Write(Utf8JsonWriter writer) => writer.WriteStringValue(ToString());

    public int CompareTo(Quantity other) => _nanos.CompareTo(other._nanos);

    /// <summary>By value: 1Gi equals 1073741824.</summary>
    public bool Equals(Quantity other) => _nanos == other._nanos;

    public override int GetHashCode() => _nanos.GetHashCode();

    public static bool operator <(Quantity a, Quantity b) => a._nanos < b._nanos;

    public static bool operator >(Quantity a, Quantity b) => a._nanos > b._nanos;

    public static bool operator <=(Quantity a, Quantity b) => a._nanos <= b._nanos;

    public static bool operator >=(Quantity a, Quantity b) => a._nanos >= b._nanos;

    /// <summary>The canonical form: no fraction, the largest suffix that loses nothing.</summary>
    public override string ToString()
    {
        if (_nanos == 0)
        {
            return "0";
        }
        var magnitude = Int128.Abs(_nanos);
        if (_format == QuantityFormat.BinarySi && magnitude >= (Int128)1024 * Nano && magnitude % Nano == 0)
        {
            var whole = _nanos / Nano;
            var power = 0;
            while (whole % 1024 == 0 && power < s_binary.Length - 1)
            {
                whole /= 1024;
                power++;
            }
            return whole.ToString(CultureInfo.InvariantCulture) + s_binary[power];
        }
        var mantissa = _nanos;
        var step = 0;
        while (mantissa % 1000 == 0 && step < s_decimal.Length - 1)
        {
            mantissa /= 1000;
            step++;
        }
        var text = mantissa.ToString(CultureInfo.InvariantCulture);
        return _format == QuantityFormat.DecimalExponent
            ? step == 3 ? text : $"{text}e{(step - 3) * 3}"
            : text + s_decimal[step];
    }

    private long Ceil(Int128 unit)
    {
        var (whole, rest) = Int128.DivRem(_nanos, unit);
        whole += Int128.Sign(rest);
        return whole > long.MaxValue ? long.MaxValue : whole < long.MinValue ? long.MinValue : (long)whole;
    }

    private static Int128 Cap(Int128 nanos)
    {
        var cap = (Int128)long.MaxValue * Nano;
        return nanos > cap ? cap : nanos < -cap ? -cap : nanos;
    }
}

public enum QuantityFormat
{
    /// <summary>n, u, m, none, k, M, G, T, P, E.</summary>
    DecimalSi,

    /// <summary>Ki, Mi, Gi, Ti, Pi, Ei.</summary>
    BinarySi,

    /// <summary>e3, E6.</summary>
    DecimalExponent,
}
