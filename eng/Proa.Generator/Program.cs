using Proa.Generator;

// schema: the OpenAPI documents and field numbers of a Kubernetes release -> src/Proa.Api/Schema/kubernetes.json
// models: that file -> src/Proa.Api/Models/**.g.cs
return args switch
{
    ["schema", var data, var output] => SchemaCompiler.Run(data, output),
    ["models", var schema, var folder] => ModelWriter.Run(schema, folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Proa.Generator schema DATA-FOLDER kubernetes.json | models kubernetes.json MODELS-FOLDER");
    return 2;
}
