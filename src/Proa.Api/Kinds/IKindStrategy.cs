using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>
/// What is particular to a kind: its defaults, what the server sets or resets on a write, and its rules. Pure, without
/// state, thread-safe. A write calls, in this order:
/// <list type="number">
/// <item>normalise, <see cref="ApplyDefaults"/>, normalise (the decoder's part; field ownership is tracked after it);</item>
/// <item>mutating admission;</item>
/// <item><see cref="PrepareForCreate"/> or <see cref="PrepareForUpdate"/> or <see cref="PrepareForStatusUpdate"/>;</item>
/// <item><see cref="Validate"/> (create) or <see cref="ValidateUpdate"/> or <see cref="ValidateStatusUpdate"/>, which check the metadata too.</item>
/// </list>
/// </summary>
public interface IKindStrategy
{
    GroupVersionKind Gvk { get; }

    /// <summary>The object's status can only be written through its subresource.</summary>
    bool HasStatus { get; }

    /// <summary>A new object may bring its status with it, as nodes do that register themselves.</summary>
    bool TakesStatusOnCreate { get; }

    /// <summary>A PUT to a name that does not exist creates it.</summary>
    bool AllowsCreateOnUpdate { get; }

    /// <summary>A PUT without a resourceVersion overwrites whatever is there.</summary>
    bool AllowsUnconditionalUpdate { get; }

    /// <summary>Fields other than <c>metadata.name</c> and <c>metadata.namespace</c> that field selectors may name.</summary>
    IReadOnlyList<string> SelectableFields { get; }

    /// <summary>Sets what the user left out; also run on objects of older servers. Idempotent.</summary>
    void ApplyDefaults(JsonObject obj);

    /// <summary>Drops what a creator may not set (status) and sets what a new object begins with (generation).</summary>
    void PrepareForCreate(JsonObject obj);

    /// <summary>Puts back what this request may not change, and counts the generation up when the wanted state changed.</summary>
    void PrepareForUpdate(JsonObject obj, JsonObject old);

    /// <summary>The same for a write to the status subresource: all but the status is the old object's.</summary>
    void PrepareForStatusUpdate(JsonObject obj, JsonObject old);

    IReadOnlyList<FieldError> Validate(JsonObject obj);

    IReadOnlyList<FieldError> ValidateUpdate(JsonObject obj, JsonObject old);

    IReadOnlyList<FieldError> ValidateStatusUpdate(JsonObject obj, JsonObject old);

    /// <summary>The value of a selectable field; empty when unset.</summary>
    string FieldValue(JsonObject obj, string field);

    /// <summary>What to tell the user without refusing; the text of a Warning header each.</summary>
    /// <param name="old">What is replaced; null: the object is new.</param>
    IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old);
}
