using System.Globalization;
using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>From one kind of value to another; what does not fit is an error.</summary>
internal static class ConversionLibrary
{
    private const string Overflow = "integer overflow";
    private const string UnsignedOverflow = "unsigned integer overflow";

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public static void AddTo(FunctionList f)
    {
        f.Global("type", "type", [FunctionList.A], CelType.TypeOf(FunctionList.A), static a => CelValue.Of(a[0].RuntimeType));
        f.Global("dyn", "to_dyn", [FunctionList.A], CelType.Dyn, static a => a[0]);
        f.Global("bool", "bool_to_bool", [CelType.Bool], CelType.Bool, static a => a[0]);
        f.Global("bool", "string_to_bool", [CelType.String], CelType.Bool, static a => a[0].AsString switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => CelValue.True,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => CelValue.False,
            _ => Failed("string", "bool"),
        });
        f.Global("bytes", "bytes_to_bytes", [CelType.Bytes], CelType.Bytes, static a => a[0]);
        f.Global("bytes", "string_to_bytes", [CelType.String], CelType.Bytes, static a => CelValue.Of(Encoding.UTF8.GetBytes(a[0].AsString)));
        ToNumbers(f);
        ToTimes(f);
        ToString(f);
    }

    private static void ToNumbers(FunctionList f)
    {
        f.Global("double", "double_to_double", [CelType.Double], CelType.Double, static a => a[0]);
        f.Global("double", "int64_to_double", [CelType.Int], CelType.Double, static a => CelValue.Of((double)a[0].AsInt));
        f.Global("double", "string_to_double", [CelType.String], CelType.Double, static a => ParseDouble(a[0].AsString) is { } real ? CelValue.Of(real) : Failed("string", "double"));
        f.Global("double", "uint64_to_double", [CelType.Uint], CelType.Double, static a => CelValue.Of((double)a[0].AsUint));

        f.Global("int", "int64_to_int64", [CelType.Int], CelType.Int, static a => a[0]);
        f.Global("int", "double_to_int64", [CelType.Double], CelType.Int,
            static a => a[0].AsDouble is > -9.2233720368547758e18 and < 9.2233720368547758e18 ? CelValue.Of((long)a[0].AsDouble) : CelValue.Error(Overflow));
        f.Global("int", "duration_to_int64", [CelType.Duration], CelType.Int, static a => CelValue.Of(a[0].AsDuration));
        f.Global("int", "string_to_int64", [CelType.String], CelType.Int,
            static a => long.TryParse(a[0].AsString, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? CelValue.Of(whole) : Failed("string", "int"));
        f.Global("int", "timestamp_to_int64", [CelType.Timestamp], CelType.Int, static a => CelValue.Of(a[0].AsTimestamp.Seconds));
        f.Global("int", "uint64_to_int64", [CelType.Uint], CelType.Int,
            static a => a[0].AsUint <= long.MaxValue ? CelValue.Of((long)a[0].AsUint) : CelValue.Error(Overflow));

        f.Global("uint", "uint64_to_uint64", [CelType.Uint], CelType.Uint, static a => a[0]);
        f.Global("uint", "double_to_uint64", [CelType.Double], CelType.Uint,
            static a => a[0].AsDouble is >= 0 and < 1.8446744073709552e19 ? CelValue.Of((ulong)a[0].AsDouble) : CelValue.Error(UnsignedOverflow));
        f.Global("uint", "int64_to_uint64", [CelType.Int], CelType.Uint,
            static a => a[0].AsInt >= 0 ? CelValue.Of((ulong)a[0].AsInt) : CelValue.Error(UnsignedOverflow));
        f.Global("uint", "string_to_uint64", [CelType.String], CelType.Uint,
            static a => ulong.TryParse(a[0].AsString, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? CelValue.Of(whole) : Failed("string", "uint"));
    }

    private static void ToTimes(FunctionList f)
    {
        f.Global("duration", "duration_to_duration", [CelType.Duration], CelType.Duration, static a => a[0]);
        f.Global("duration", "int64_to_duration", [CelType.Int], CelType.Duration, static a => CelValue.OfDuration(a[0].AsInt));
        f.Global("duration", "string_to_duration", [CelType.String], CelType.Duration,
            static a => CelDuration.TryParse(a[0].AsString, out var nanoseconds) ? CelValue.OfDuration(nanoseconds) : Failed("string", "google.protobuf.Duration"));
        f.Global("timestamp", "timestamp_to_timestamp", [CelType.Timestamp], CelType.Timestamp, static a => a[0]);
        f.Global("timestamp", "int64_to_timestamp", [CelType.Int], CelType.Timestamp, static a =>
            new CelTime(a[0].AsInt, 0) is { InRange: true } time ? CelValue.Of(time) : CelValue.Error("timestamp overflow"));
        f.Global("timestamp", "string_to_timestamp", [CelType.String], CelType.Timestamp, static a =>
            !CelTime.TryParse(a[0].AsString, out var time) ? Failed("string", "google.protobuf.Timestamp")
            : time.InRange ? CelValue.Of(time) : CelValue.Error("timestamp overflow"));
    }

    private static void ToString(FunctionList f)
    {
        f.Global("string", "string_to_string", [CelType.String], CelType.String, static a => a[0]);
        f.Global("string", "bool_to_string", [CelType.Bool], CelType.String, static a => CelValue.Of(a[0].AsBool ? "true" : "false"));
        f.Global("string", "bytes_to_string", [CelType.Bytes], CelType.String, static a =>
        {
            try
            {
                return CelValue.Of(s_strict.GetString(a[0].AsBytes));
            }
            catch (ArgumentException)
            {
                return CelValue.Error("invalid UTF-8 in bytes, cannot convert to string");
            }
        });
        f.Global("string", "double_to_string", [CelType.Double], CelType.String, static a => CelValue.Of(CelText.Number(a[0].AsDouble)));
        f.Global("string", "duration_to_string", [CelType.Duration], CelType.String, static a => CelValue.Of(CelDuration.ToSeconds(a[0].AsDuration)));
        f.Global("string", "int64_to_string", [CelType.Int], CelType.String, static a => CelValue.Of(a[0].AsInt.ToString(CultureInfo.InvariantCulture)));
        f.Global("string", "timestamp_to_string", [CelType.Timestamp], CelType.String, static a => CelValue.Of(a[0].AsTimestamp.ToString()));
        f.Global("string", "uint64_to_string", [CelType.Uint], CelType.String, static a => CelValue.Of(a[0].AsUint.ToString(CultureInfo.InvariantCulture)));
    }

    private static double? ParseDouble(string text) => text.ToLowerInvariant() switch
    {
        "inf" or "+inf" or "infinity" or "+infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1])
            && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var real)
            && double.IsFinite(real) ? real : null,
    };

    private static CelValue Failed(string from, string to) => CelValue.Error($"type conversion error from '{from}' to '{to}'");
}
