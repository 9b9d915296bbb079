namespace Proa.Api.Cel.Checking;

public enum CelTypeKind : byte
{
    Dyn,
    Error,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,

    /// <summary>An object with known fields.</summary>
    Struct,

    /// <summary>A type of a library; <c>optional_type</c> is one.</summary>
    Opaque,
    Type,

    /// <summary>Stands for a type that is still to be found out.</summary>
    Parameter,
}
