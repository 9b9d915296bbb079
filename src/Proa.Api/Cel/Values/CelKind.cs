namespace Proa.Api.Cel.Values;

/// <summary>What a <see cref="CelValue"/> is.</summary>
public enum CelKind : byte
{
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
    Type,
    Optional,

    /// <summary>A value of a library: a quantity, a URL.</summary>
    Opaque,

    /// <summary>An evaluation that failed. It passes through every operation but those that may do without it.</summary>
    Error,
}
