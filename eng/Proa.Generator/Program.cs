using Proa.Generator;

// schema: the OpenAPI documents and field numbers of a Kubernetes release, and presence.txt -> src/Proa.Api/Schema/kubernetes.json
// models: that file -> src/Proa.Api/Models/**.g.cs
// bootstrap: the objects of a fresh API server -> src/Proa.ApiServer/Bootstrap/objects.txt
return args switch
{
    ["schema", var data, var presence, var output] => SchemaCompiler.Run(data, presence, output),
    ["models", var schema, var folder] => ModelWriter.Run(schema, folder),
    ["bootstrap", var objects, var output] => BootstrapCompiler.Run(objects, output),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Proa.Generator schema DATA-FOLDER presence.txt kubernetes.json | models kubernetes.json MODELS-FOLDER | bootstrap OBJECTS.json objects.txt");
    return 2;
}
