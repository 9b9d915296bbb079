using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>The <c>format</c> function: <c>"%s is %.2f".format([a, b])</c>.</summary>
internal static class StringFormat
{
    private const int DefaultPrecision = 6;
    private const int MaxPrecision = 1000;

    private static readonly JsonSerializerOptions s_quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static CelValue Apply(string format, CelList args)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            if (++i >= format.Length)
            {
                return CelValue.Error("unexpected end of string");
            }
            if (format[i] == '%')
            {
                text.Append('%');
                continue;
            }
            if (next >= args.Count)
            {
                return CelValue.Error($"index {next} out of range");
            }
            if (!Precision(format, ref i, out var precision))
            {
                return CelValue.Error("error while parsing precision: could not find end of precision specifier");
            }
            var shown = Clause(format[i], precision, args[next++]);
            if (shown.IsError)
            {
                return CelValue.Error($"error during formatting: {shown.ErrorMessage}");
            }
            text.Append(shown.AsString);
        }
        return CelValue.Of(text.ToString());
    }

    private static bool Precision(string format, ref int at, out int? precision)
    {
        precision = null;
        if (format[at] != '.')
        {
            return true;
        }
        var start = ++at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            at++;
        }
        precision = int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? Math.Min(read, MaxPrecision) : 0;
        return at < format.Length;
    }

    private static CelValue Clause(char verb, int? precision, in CelValue arg) => verb switch
    {
        's' => Text(arg),
        'd' => Decimal(arg),
        'f' => Number(arg, "fixed-point", (precision ?? DefaultPrecision) is var digits ? value => Grouped(value, digits) : null!),
        'e' => Number(arg, "scientific", (precision ?? DefaultPrecision) is var digits ? value => Scientific(value, digits) : null!),
        'b' => Binary(arg),
        'x' or 'X' => Hex(arg, verb == 'X'),
        'o' => Octal(arg),
        _ => CelValue.Error($"could not parse formatting clause: unrecognized formatting clause \"{verb}\""),
    };

    private static CelValue Text(in CelValue arg) => arg.Kind switch
    {
        CelKind.List or CelKind.Map => Nested(arg),
        CelKind.Duration => CelValue.Of(CelDuration.ToSeconds(arg.AsDuration)),
        CelKind.Optional or CelKind.Opaque => Refuse("string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps", arg),
        _ => CelValue.Of(CelText.Show(arg)),
    };

    private static CelValue Decimal(in CelValue arg) => arg.Kind is CelKind.Int or CelKind.Uint
        ? CelValue.Of(CelText.Show(arg))
        : Refuse("decimal clause can only be used on integers", arg);

    private static CelValue Number(in CelValue arg, string clause, Func<double, string> show)
    {
        if (arg.Kind == CelKind.Double)
        {
            return CelValue.Of(show(arg.AsDouble));
        }
        return arg is { Kind: CelKind.String, AsString: "NaN" or "Infinity" or "-Infinity" }
            ? CelValue.Of(arg.AsString)
            : Refuse($"{clause} clause can only be used on doubles", arg);
    }

    private static string Grouped(double value, int digits) => !double.IsFinite(value) ? Infinite(value) : value.ToString("N" + digits, CultureInfo.InvariantCulture);

    private static string Scientific(double value, int digits)
    {
        if (!double.IsFinite(value))
        {
            return Infinite(value);
        }
        var shown = value.ToString("E" + digits, CultureInfo.InvariantCulture);
        var at = shown.IndexOf('E');
        var exponent = shown[(at + 2)..].TrimStart('0').PadLeft(2, '0');
        return $"{shown[..at]}\u202f×\u202f10{Superscript(shown[at + 1] == '-' ? "-" + exponent : exponent)}";
    }

    private static string Superscript(string exponent) => string.Concat(exponent.Select(static c => c switch
    {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => (char)('⁰' + (c - '0')),
    }));

    private static string Infinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";

    private static CelValue Binary(in CelValue arg) => arg.Kind switch
    {
        CelKind.Int => CelValue.Of(Signed(arg.AsInt, 2)),
        CelKind.Uint => CelValue.Of(Digits(arg.AsUint, 2)),
        CelKind.Bool => CelValue.Of(arg.AsBool ? "1" : "0"),
        _ => Refuse("only integers and bools can be formatted as binary", arg),
    };

    private static CelValue Octal(in CelValue arg) => arg.Kind switch
    {
        CelKind.Int => CelValue.Of(Signed(arg.AsInt, 8)),
        CelKind.Uint => CelValue.Of(Digits(arg.AsUint, 8)),
        _ => Refuse("octal clause can only be used on integers", arg),
    };

    private static CelValue Hex(in CelValue arg, bool upper)
    {
        string? shown = arg.Kind switch
        {
            CelKind.Int => Signed(arg.AsInt, 16),
            CelKind.Uint => Digits(arg.AsUint, 16),
            CelKind.String => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(arg.AsString)),
            CelKind.Bytes => Convert.ToHexStringLower(arg.AsBytes),
            _ => null,
        };
        return shown is null
            ? Refuse("only integers, byte buffers, and strings can be formatted as hex", arg)
            : CelValue.Of(upper ? shown.ToUpperInvariant() : shown);
    }

    private static string Signed(long value, int radix) => value < 0 ? "-" + Digits((ulong)-(Int128)value, radix) : Digits((ulong)value, radix);

    private static string Digits(ulong value, int radix)
    {
        if (value == 0)
        {
            return "0";
        }
        var shift = BitOperations.TrailingZeroCount(radix);
        var text = new StringBuilder();
        for (; value > 0; value >>= shift)
        {
            text.Insert(0, "0123456789abcdef"[(int)(value & (ulong)(radix - 1))]);
        }
        return text.ToString();
    }

    private static CelValue Nested(in CelValue arg, int depth = 0)
    {
        if (depth > 64)
        {
            return CelValue.Error("nested too deep");
        }
        switch (arg.Kind)
        {
            case CelKind.List:
                var items = new List<string>();
                for (var i = 0; i < arg.AsList.Count; i++)
                {
                    var item = Nested(arg.AsList[i], depth + 1);
                    if (item.IsError)
                    {
                        return item;
                    }
                    items.Add(item.AsString);
                }
                return CelValue.Of($"[{string.Join(", ", items)}]");
            case CelKind.Map:
                var pairs = new List<(string Key, string Value)>();
                foreach (var key in arg.AsMap.Keys)
                {
                    arg.AsMap.TryGet(key, out var member);
                    var value = Nested(member, depth + 1);
                    if (value.IsError)
                    {
                        return value;
                    }
                    pairs.Add((Nested(key, depth + 1).AsString, value.AsString));
                }
                pairs.Sort(static (a, b) => CelEquality.Strings(a.Key, b.Key));
                return CelValue.Of($"{{{string.Join(", ", pairs.Select(static p => $"{p.Key}:{p.Value}"))}}}");
            case CelKind.String:
                return CelValue.Of(Quote(arg.AsString));
            case CelKind.Bytes:
                return CelValue.Of("b" + Quote(Encoding.UTF8.GetString(arg.AsBytes)));
            case CelKind.Double:
                return CelValue.Of(double.IsFinite(arg.AsDouble) ? arg.AsDouble.ToString("F6", CultureInfo.InvariantCulture) : Quote(CelText.Number(arg.AsDouble)));
            case CelKind.Timestamp:
                return CelValue.Of($"timestamp({Quote(arg.AsTimestamp.ToString())})");
            case CelKind.Duration:
                return CelValue.Of($"duration({Quote(CelDuration.ToSeconds(arg.AsDuration))})");
            case CelKind.Optional or CelKind.Opaque:
                return CelValue.Error($"no formatting function for {arg.RuntimeType.RuntimeName}");
            default:
                return CelValue.Of(CelText.Show(arg));
        }
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, s_quoting);

    private static CelValue Refuse(string rule, in CelValue arg) => CelValue.Error($"{rule}, was given {arg.RuntimeType.RuntimeName}");
}
