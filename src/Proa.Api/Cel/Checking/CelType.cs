using System.Diagnostics.CodeAnalysis;

namespace Proa.Api.Cel.Checking;

/// <summary>A type, as the checker knows it. Immutable.</summary>
public sealed class CelType
{
    private const string OptionalName = "optional_type";

    public static readonly CelType Dyn = new(CelTypeKind.Dyn, "dyn");
    public static readonly CelType Error = new(CelTypeKind.Error, "!error!");
    public static readonly CelType Null = new(CelTypeKind.Null, "null_type");
    public static readonly CelType Bool = new(CelTypeKind.Bool, "bool");
    public static readonly CelType Int = new(CelTypeKind.Int, "int");
    public static readonly CelType Uint = new(CelTypeKind.Uint, "uint");
    public static readonly CelType Double = new(CelTypeKind.Double, "double");
    public static readonly CelType String = new(CelTypeKind.String, "string");
    public static readonly CelType Bytes = new(CelTypeKind.Bytes, "bytes");
    public static readonly CelType Timestamp = new(CelTypeKind.Timestamp, "google.protobuf.Timestamp");
    public static readonly CelType Duration = new(CelTypeKind.Duration, "google.protobuf.Duration");
    public static readonly CelType Type = new(CelTypeKind.Type, "type");
    public static readonly CelType ListOfDyn = ListOf(Dyn);
    public static readonly CelType MapOfDyn = MapOf(Dyn, Dyn);

    private readonly CelType[] _parameters;
    private readonly ICelFields? _fields;

    private CelType(CelTypeKind kind, string name, CelType[]? parameters = null, ICelFields? fields = null) =>
        (Kind, RuntimeName, _parameters, _fields) = (kind, name, parameters ?? [], fields);

    public CelTypeKind Kind { get; }

    /// <summary>The name that <c>type(x)</c> shows and compares.</summary>
    public string RuntimeName { get; }

    public IReadOnlyList<CelType> Parameters => _parameters;

    public CelType Element => _parameters[0];

    public CelType Value => _parameters[1];

    public bool IsDyn => Kind == CelTypeKind.Dyn;

    public bool IsOptional => Kind == CelTypeKind.Opaque && RuntimeName == OptionalName;

    public static CelType ListOf(CelType element) => new(CelTypeKind.List, "list", [element]);

    public static CelType MapOf(CelType key, CelType value) => new(CelTypeKind.Map, "map", [key, value]);

    public static CelType OptionalOf(CelType value) => new(CelTypeKind.Opaque, OptionalName, [value]);

    public static CelType TypeOf(CelType type) => new(CelTypeKind.Type, "type", [type]);

    public static CelType OpaqueNamed(string name) => new(CelTypeKind.Opaque, name);

    public static CelType ParameterNamed(string name) => new(CelTypeKind.Parameter, name);

    /// <param name="name">Tells types apart: two objects of one name are of one type.</param>
    public static CelType StructOf(string name, ICelFields fields) => new(CelTypeKind.Struct, name, null, fields);

    /// <summary>Of an object: the type of a field; false when it has no such field.</summary>
    public bool TryField(string name, [NotNullWhen(true)] out CelType? type)
    {
        type = null;
        return _fields is not null && _fields.TryGet(name, out type);
    }

    /// <summary>The same kind with other parameters.</summary>
    internal CelType With(CelType[] parameters) => new(Kind, RuntimeName, parameters, _fields);

    public bool Is(CelType other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }
        if (Kind != other.Kind || RuntimeName != other.RuntimeName || _parameters.Length != other._parameters.Length)
        {
            return false;
        }
        for (var i = 0; i < _parameters.Length; i++)
        {
            if (!_parameters[i].Is(other._parameters[i]))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>As messages show it: <c>list(int)</c>.</summary>
    public override string ToString() => Kind switch
    {
        CelTypeKind.Null => "null",
        CelTypeKind.Timestamp => "timestamp",
        CelTypeKind.Duration => "duration",
        _ when _parameters.Length == 0 => RuntimeName,
        _ => $"{RuntimeName}({string.Join(", ", _parameters.Select(static p => p.ToString()))})",
    };
}

/// <summary>The fields of an object type. Thread-safe.</summary>
public interface ICelFields
{
    bool TryGet(string name, [NotNullWhen(true)] out CelType? type);
}
