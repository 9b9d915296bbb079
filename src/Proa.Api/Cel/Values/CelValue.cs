using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Values;

/// <summary>A value of the language. Immutable; scalars hold no memory of their own.</summary>
public readonly struct CelValue
{
    private readonly object? _ref;
    private readonly long _bits;
    private readonly int _nanos;

    private CelValue(CelKind kind, object? reference, long bits, int nanos = 0) => (Kind, _ref, _bits, _nanos) = (kind, reference, bits, nanos);

    public static CelValue Null => default;

    public static CelValue True => new(CelKind.Bool, null, 1);

    public static CelValue False => new(CelKind.Bool, null, 0);

    public static CelValue NoSuchOverload => Error("no such overload");

    public CelKind Kind { get; }

    public bool IsError => Kind == CelKind.Error;

    public bool IsTrue => Kind == CelKind.Bool && _bits != 0;

    public bool IsFalse => Kind == CelKind.Bool && _bits == 0;

    public bool AsBool => _bits != 0;

    public long AsInt => _bits;

    public ulong AsUint => (ulong)_bits;

    public double AsDouble => BitConverter.Int64BitsToDouble(_bits);

    public string AsString => (string)_ref!;

    public byte[] AsBytes => (byte[])_ref!;

    public CelList AsList => (CelList)_ref!;

    public CelMap AsMap => (CelMap)_ref!;

    public CelType AsType => (CelType)_ref!;

    public CelOpaque AsOpaque => (CelOpaque)_ref!;

    /// <summary>Of an optional: null when it holds nothing.</summary>
    public CelOptional AsOptional => (CelOptional)_ref!;

    public CelTime AsTimestamp => new(_bits, _nanos);

    /// <summary>Of a duration: nanoseconds.</summary>
    public long AsDuration => _bits;

    /// <summary>Of an error: what went wrong.</summary>
    public string ErrorMessage => (string)_ref!;

    public static CelValue Of(bool value) => new(CelKind.Bool, null, value ? 1 : 0);

    public static CelValue Of(long value) => new(CelKind.Int, null, value);

    public static CelValue Of(ulong value) => new(CelKind.Uint, null, (long)value);

    public static CelValue Of(double value) => new(CelKind.Double, null, BitConverter.DoubleToInt64Bits(value));

    public static CelValue Of(string value) => new(CelKind.String, value, 0);

    public static CelValue Of(byte[] value) => new(CelKind.Bytes, value, 0);

    public static CelValue Of(CelList value) => new(CelKind.List, value, 0);

    public static CelValue Of(CelMap value) => new(CelKind.Map, value, 0);

    public static CelValue Of(CelType value) => new(CelKind.Type, value, 0);

    public static CelValue Of(CelOpaque value) => new(CelKind.Opaque, value, 0);

    public static CelValue Of(CelOptional value) => new(CelKind.Optional, value, 0);

    public static CelValue Of(CelTime value) => new(CelKind.Timestamp, null, value.Seconds, value.Nanos);

    public static CelValue OfDuration(long nanoseconds) => new(CelKind.Duration, null, nanoseconds);

    public static CelValue Error(string message) => new(CelKind.Error, message, 0);

    /// <summary>The type as it is at run time: without the types of elements.</summary>
    public CelType RuntimeType => Kind switch
    {
        CelKind.Null => CelType.Null,
        CelKind.Bool => CelType.Bool,
        CelKind.Int => CelType.Int,
        CelKind.Uint => CelType.Uint,
        CelKind.Double => CelType.Double,
        CelKind.String => CelType.String,
        CelKind.Bytes => CelType.Bytes,
        CelKind.Timestamp => CelType.Timestamp,
        CelKind.Duration => CelType.Duration,
        CelKind.List => CelType.ListOfDyn,
        CelKind.Map => AsMap.ObjectType ?? CelType.MapOfDyn,
        CelKind.Type => CelType.Type,
        CelKind.Optional => CelType.OptionalOf(CelType.Dyn),
        CelKind.Opaque => AsOpaque.Type,
        _ => CelType.Error,
    };

    /// <summary>For messages.</summary>
    public override string ToString() => CelText.Show(this);
}
