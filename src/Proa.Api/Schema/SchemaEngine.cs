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
    public static IReadOnlyList<FieldError> Validate(ObjectSchema schema, JsonObject obj) =>
        schema.IsStructural ? StructuralValidator.Validate(schema.Root, obj) : [];
}
