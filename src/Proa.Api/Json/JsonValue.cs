namespace Proa.Api.Json;

/// <summary>
/// A node of a mutable JSON tree: objects keep their members' order, numbers keep their text. Scalars are immutable and may
/// be shared between trees; objects and arrays have no parent and may be moved freely, but to put one into two places,
/// <see cref="Clone"/> it. Not thread-safe while written to.
/// </summary>
public abstract class JsonValue
{
    public abstract JsonValueKind Kind { get; }

    /// <summary>A deep copy; scalars return themselves.</summary>
    public virtual JsonValue Clone() => this;

    /// <summary>Deep equality: member order does not matter, item order does, numbers compare by value.</summary>
    public abstract bool DeepEquals(JsonValue? other);

    /// <summary>Whether an empty list or map was sent for some member of it that it does not show: see <see cref="JsonObject.Given"/>.</summary>
    public virtual bool HidesAny() => false;

    public static implicit operator JsonValue(string value) => new JsonString(value);

    public static implicit operator JsonValue(long value) => new JsonNumber(value);

    public static implicit operator JsonValue(bool value) => value ? JsonBool.True : JsonBool.False;

    /// <summary>The tree as compact JSON; for messages and tests, not for hot paths.</summary>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(JsonTree.ToUtf8(this));
}

/// <summary>The six kinds of JSON values.</summary>
public enum JsonValueKind
{
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}
