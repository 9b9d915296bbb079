using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Kinds.Internal;
using Proa.Api.Schema.Expressions;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>One schema of a definition: that it is structural, sound as OpenAPI, and that its defaults and expressions hold. Pure.</summary>
internal static class SchemaRules
{
    // What a schema may say at its root when the status is cut out of it; the rest in the order in which the original looks.
    private static readonly string[] s_notAtRoot =
    [
        "id", "$schema", "$ref", "nullable", "default", "enum", "maxProperties", "minProperties", "additionalItems", "allOf", "oneOf", "anyOf", "not",
        "additionalProperties", "patternProperties", "dependencies", "definitions", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type",
    ];

    private const string AtRoot = "only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems "
        + "UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the "
        + "status subresource is enabled";

    /// <param name="at">Of the validation: <c>spec.validation</c>, <c>spec.versions[0].schema</c>.</param>
    /// <param name="isUnchanged">The stored definition has the same: what its expressions cost was judged when it came.</param>
    public static void Check(JsonObject? schema, string at, bool hasStatus, bool isUnchanged, FieldErrors errors)
    {
        if (schema is null)
        {
            return;
        }
        var path = $"{at}.openAPIV3Schema";
        if (hasStatus)
        {
            Root(schema, path, errors);
        }
        if (schema.Bool("nullable") == true)
        {
            errors.Forbidden($"{path}.nullable", "nullable cannot be true at the root");
        }
        var unstructured = StructuralSchemaRules.Check(schema, path);
        errors.AddRange(unstructured);
        var before = errors.Count;
        if (unstructured.Count == 0 && !OpenApiRules.HasUnsupported(schema))
        {
            DefaultRules.Check(schema, path, errors);
        }
        var sound = unstructured.Count == 0 && errors.Count == before;
        before = errors.Count;
        OpenApiRules.Check(schema, path, errors);
        if (sound && errors.Count == before)
        {
            DefinitionExpressions.Check(schema, path, limitsEach: !isUnchanged, errors);
        }
    }

    private static void Root(JsonObject schema, string path, FieldErrors errors)
    {
        if (schema.String("type") is { Length: > 0 } type && type != "object")
        {
            errors.Invalid($"{path}.type", type, "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled");
        }
        else if (s_notAtRoot.Any(name => schema.Given(name) is not (null or JsonNull or JsonBool { Value: false })))
        {
            errors.Invalid(path, InternalForms.Of("JSONSchemaProps", schema), AtRoot);
        }
    }
}
