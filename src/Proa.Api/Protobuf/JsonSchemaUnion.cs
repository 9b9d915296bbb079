using Proa.Api.Schema;

namespace Proa.Api.Protobuf;

/// <summary>A JSON value of a definition's schema that is a schema or something else; on the wire, a message with a field for each.</summary>
/// <param name="SchemaNumber">The schema's field; what it is otherwise has the other of 1 and 2.</param>
internal readonly record struct JsonSchemaUnion(int SchemaNumber, bool OtherIsBool, bool OtherAreSchemas)
{
    public const string Schema = "apiextensions.v1.JSONSchemaProps";

    public static JsonSchemaUnion? Of(SchemaNode node) => node.TypeName switch
    {
        Schema + "OrBool" => new(2, OtherIsBool: true, OtherAreSchemas: false),
        Schema + "OrArray" => new(1, OtherIsBool: false, OtherAreSchemas: true),
        Schema + "OrStringArray" => new(1, OtherIsBool: false, OtherAreSchemas: false),
        _ => null,
    };
}
