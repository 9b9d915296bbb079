namespace Proa.Api.Schema;

/// <summary>What a <see cref="SchemaNode"/> holds.</summary>
public enum SchemaKind
{
    /// <summary>An object with known fields.</summary>
    Object,

    /// <summary>An object whose keys are data.</summary>
    Map,
    List,
    String,
    Int32,
    Int64,
    Double,
    Bool,

    /// <summary>Base64 in JSON.</summary>
    Bytes,

    /// <summary>RFC 3339, whole seconds, UTC.</summary>
    Time,

    /// <summary>RFC 3339, microseconds, UTC.</summary>
    MicroTime,
    Quantity,
    IntOrString,

    /// <summary>Any JSON; nothing is known of it.</summary>
    Any,
}

/// <summary>How a list's items are told apart, by merges and by field ownership.</summary>
public enum ListType
{
    Atomic,
    Set,
    Map,
}

/// <summary>When a field is printed; the original's types decide, see README.md.</summary>
public enum Presence
{
    /// <summary>Left out when it has its zero value.</summary>
    OmitZero,

    /// <summary>Printed even when nobody set it.</summary>
    Always,

    /// <summary>Printed whenever it was set, zero or not.</summary>
    WhenSet,

    /// <summary>Printed as null when nobody set it.</summary>
    NullWhenUnset,

    /// <summary>An object that is left out when it is empty.</summary>
    OmitEmpty,
}
