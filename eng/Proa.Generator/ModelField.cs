using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>How one field of a model is declared, read, written and compared in C#.</summary>
internal sealed class ModelField
{
    private readonly string _owner;

    public ModelField(string owner, string json, JsonObject schema, bool required, JsonObject types)
    {
        _owner = owner;
        Json = json;
        var name = json.TrimStart('$');
        name = char.ToUpperInvariant(name[0]) + name[1..];
        Name = name == ModelWriter.ClassName(owner) ? name + "Value" : name;
        Types = types;
        if (schema["l"] is JsonObject item)
        {
            Shape = Shape.List;
            Element = Scalar(item);
        }
        else if (schema["m"] is JsonObject value)
        {
            Shape = Shape.Map;
            Element = value["l"] is JsonObject inner ? $"IReadOnlyList<{Scalar(inner)}>" : Scalar(value);
        }
        else
        {
            Element = Scalar(schema);
            var isRecord = IsRecord(Element);
            var always = isRecord ? schema["d"] is not null || required : required && !schema.ContainsKey("r");
            Shape = always ? Shape.Always : Shape.Optional;
        }
    }

    public string Json { get; }

    public string Name { get; }

    public Shape Shape { get; }

    public string Element { get; }

    private JsonObject Types { get; }

    public string Declaration => Shape switch
    {
        Shape.List => $"public IReadOnlyList<{Element}> {Name} {{ get; init; }} = [];",
        Shape.Map => $"public IReadOnlyDictionary<string, {Element}> {Name} {{ get; init; }} = ModelMap<{Element}>.Empty;",
        Shape.Always when Element == "string" => $"public string {Name} {{ get; init; }} = \"\";",
        Shape.Always when Element == "byte[]" => $"public byte[] {Name} {{ get; init; }} = [];",
        Shape.Always when IsRecord(Element) => $"public {Element} {Name} {{ get; init; }} = {Element}.Empty;",
        Shape.Always => $"public {Element} {Name} {{ get; init; }}",
        _ => $"public {Element}? {Name} {{ get; init; }}",
    };

    public string Local => "v" + Name;

    public string LocalDeclaration => Shape switch
    {
        Shape.List => $"IReadOnlyList<{Element}> {Local} = [];",
        Shape.Map => $"IReadOnlyDictionary<string, {Element}> {Local} = ModelMap<{Element}>.Empty;",
        Shape.Always when Element == "string" => $"var {Local} = \"\";",
        Shape.Always when Element == "byte[]" => $"byte[] {Local} = [];",
        Shape.Always when IsRecord(Element) => $"var {Local} = {Element}.Empty;",
        Shape.Always => $"{Element} {Local} = default;",
        _ => $"{Element}? {Local} = null;",
    };

    public string ReadStatement => Shape switch
    {
        Shape.List => $"{Local} = ModelJson.ReadList(ref reader, {ReadFunction(Element)});",
        Shape.Map when Element.StartsWith("IReadOnlyList") =>
            $"{Local} = ModelJson.ReadListMap(ref reader, {ReadFunction(Element["IReadOnlyList<".Length..^1])});",
        Shape.Map => $"{Local} = ModelJson.ReadMap(ref reader, {ReadFunction(Element)});",
        _ => $"{Local} = {ReadFunction(Element)}(ref reader);",
    };

    public string WriteStatement => Shape switch
    {
        Shape.List => $"ModelJson.WriteList(writer, \"{Json}\"u8, {Name}, {WriteFunction(Element)});",
        Shape.Map when Element.StartsWith("IReadOnlyList") =>
            $"ModelJson.WriteListMap(writer, \"{Json}\"u8, {Name}, {WriteFunction(Element["IReadOnlyList<".Length..^1])});",
        Shape.Map => $"ModelJson.WriteMap(writer, \"{Json}\"u8, {Name}, {WriteFunction(Element)});",
        Shape.Always => $"writer.WritePropertyName(\"{Json}\"u8);\n        {WriteValue(Name)}",
        _ => $"if ({Name} is {{ }} {Local})\n        {{\n            writer.WritePropertyName(\"{Json}\"u8);\n            {WriteValue(Local)}\n        }}",
    };

    public string Equality => Shape switch
    {
        Shape.List => $"ModelJson.Same({Name}, other.{Name})",
        Shape.Map when Element.StartsWith("IReadOnlyList") => $"ModelJson.SameListMap({Name}, other.{Name})",
        Shape.Map => $"ModelJson.SameMap({Name}, other.{Name})",
        _ when Element == "byte[]" => $"ModelJson.SameBytes({Name}, other.{Name})",
        _ => $"{Name} == other.{Name}",
    };

    public bool Hashes => Shape is Shape.Always or Shape.Optional && Element is "string" or "int" or "long" or "bool";

    private bool IsRecord(string element) => element.StartsWith("global::Proa.Api.Models.");

    private string WriteValue(string value) => $"{WriteFunction(Element)}(writer, {value});";

    private string ReadFunction(string element) => element switch
    {
        "string" => "ModelJson.ReadString",
        "int" => "ModelJson.ReadInt32",
        "long" => "ModelJson.ReadInt64",
        "double" => "ModelJson.ReadDouble",
        "bool" => "ModelJson.ReadBool",
        "byte[]" => "ModelJson.ReadBytes",
        "DateTimeOffset" => "ModelJson.ReadTime",
        _ => $"{element}.Read",
    };

    private string WriteFunction(string element) => element switch
    {
        "string" => "ModelJson.WriteString",
        "int" => "ModelJson.WriteInt32",
        "long" => "ModelJson.WriteInt64",
        "double" => "ModelJson.WriteDouble",
        "bool" => "ModelJson.WriteBool",
        "byte[]" => "ModelJson.WriteBytes",
        "DateTimeOffset" => _micro ? "ModelJson.WriteMicroTime" : "ModelJson.WriteTime",
        _ => "ModelJson.WriteModel",
    };

    private bool _micro;

    private string Scalar(JsonObject schema)
    {
        if (schema["r"]?.ToString() is { } reference)
        {
            switch (reference)
            {
                case "meta.v1.Time":
                    return "DateTimeOffset";
                case "meta.v1.MicroTime":
                    _micro = true;
                    return "DateTimeOffset";
                case "Quantity":
                    return "global::Proa.Api.Meta.Quantity";
                case "IntOrString":
                    return "global::Proa.Api.Meta.IntOrString";
            }
            if (Types[reference]?["f"] is null)
            {
                return "global::Proa.Api.Meta.RawJson";
            }
            return $"global::Proa.Api.Models.{ModelWriter.Namespace(reference)}.{ModelWriter.ClassName(reference)}";
        }
        return schema["t"]?.ToString() switch
        {
            "string" => "string",
            "int32" => "int",
            "int64" => "long",
            "double" => "double",
            "bool" => "bool",
            "bytes" => "byte[]",
            "time" => "DateTimeOffset",
            _ => "global::Proa.Api.Meta.RawJson",
        };
    }
}

internal enum Shape
{
    /// <summary>Null when absent.</summary>
    Optional,

    /// <summary>Written even when it has its zero value, as the original does.</summary>
    Always,

    List,
    Map,
}
