using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>Makes objects conform to their schema. Pure and thread-safe; the object given is changed in place.</summary>
public static class SchemaEngine
{
    /// <summary>
    /// Checks types, removes unknown fields, nulls and what the original's types leave out when it is zero, adds what they
    /// always print, and brings quantities and times into their canonical form. Of a custom resource: prunes, and leaves
    /// wrong types in its own fields to <see cref="Validate"/>.
    /// </summary>
    public static NormalizeResult Normalize(ObjectSchema schema, JsonObject obj, NormalizeOptions options)
    {
        var walk = new Normalizer(options);
        return schema.IsStructural ? StructuralEngine.Normalize(schema.Root, obj, walk, options) : walk.Run(schema.Root, obj);
    }

    /// <summary>The same for a part of an object, such as a pod template.</summary>
    public static NormalizeResult Normalize(SchemaNode node, JsonObject obj, NormalizeOptions options) => new Normalizer(options).Run(node, obj);

    /// <summary>
    /// Adds the defaults that a custom resource's schema states. Built-in kinds have theirs in code:
    /// their schema's defaults only repeat zero values, which <see cref="Normalize"/> adds.
    /// </summary>
    public static void ApplyDefaults(ObjectSchema schema, JsonObject obj)
    {
        if (schema.IsStructural)
        {
            StructuralEngine.ApplyDefaults(schema.Root, obj);
        }
    }

    /// <summary>What a custom resource's schema forbids; always empty for built-in kinds, whose rules are in code.</summary>
    /// <param name="old">The object before an update; what did not change is not refused. Null: the object is new.</param>
    public static IReadOnlyList<FieldError> Validate(ObjectSchema schema, JsonObject obj, JsonObject? old = null) =>
        schema.IsStructural ? StructuralValidator.Validate(schema.Root, obj, old) : [];

    /// <summary>What the schema's expressions forbid.</summary>
    /// <param name="earlier">What is wrong besides: expressions are not run over objects that are not as they expect.</param>
    /// <param name="warn">Told what an update left wrong as it was.</param>
    public static IReadOnlyList<FieldError> Evaluate(
        ObjectSchema schema, JsonObject obj, JsonObject? old, IReadOnlyList<FieldError> earlier, Action<string>? warn, CancellationToken ct)
    {
        if (schema.Expressions is not { } rules)
        {
            return [];
        }
        foreach (var error in earlier)
        {
            if (error.Type is FieldErrorType.NotSupported or FieldErrorType.Required or FieldErrorType.TooLong or FieldErrorType.TooMany or FieldErrorType.TypeInvalid)
            {
                return [FieldError.Invalid("<nil>", JsonNull.Instance, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation")];
            }
        }
        return Expressions.ExpressionValidator.Validate(rules, obj, old, warn, ct);
    }
}
