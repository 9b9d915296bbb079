using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// <c>/openapi/v3</c>, a document for each version of each group, and <c>/openapi/v2</c>, one for all. They are made when they
/// are asked for, and kept until the types they tell of change. Thread-safe.
/// </summary>
public sealed class OpenApiEndpoint(ITypeCatalog catalog, SchemaRegistry registry) : IPathEndpoint
{
    private const string V3Root = "/openapi/v3";
    private static readonly string s_build = typeof(OpenApiEndpoint).Module.ModuleVersionId.ToString("N");
    private readonly ConcurrentDictionary<string, (string Hash, PackedDocument Document)> _documents = new(StringComparer.Ordinal);

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var path = request.Path.TrimEnd('/');
        if (path == V3Root)
        {
            return new(ApiResponse.Of(200, Index()));
        }
        if (path.StartsWith(V3Root + "/", StringComparison.Ordinal))
        {
            return new(Version(request, path[(V3Root.Length + 1)..]));
        }
        return new(path == "/openapi/v2" ? Whole(request) : null);
    }

    private JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var group in catalog.All.GroupBy(Path).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            paths[group.Key] = new JsonObject { ["serverRelativeURL"] = $"{V3Root}/{group.Key}?hash={Hash(group)}" };
        }
        return new() { ["paths"] = paths };
    }

    private ApiResponse? Version(ApiRequest request, string path)
    {
        var types = catalog.All.Where(type => Path(type) == path).ToList();
        if (types.Count == 0)
        {
            return null;
        }
        var hash = Hash(types);
        var document = Kept("v3/" + path, hash, () => new(JsonTree.ToUtf8(OpenApiDocuments.V3(registry, types)), ApiResponse.Json));
        return document.Answer(request, immutable: request.Query["hash"] == hash);
    }

    // kubectl asks for this form alone; it wants JSON when it is told that there is nothing else, which costs it a request.
    private ApiResponse Whole(ApiRequest request)
    {
        var types = catalog.All;
        var hash = Hash(types);
        var document = request.Accept.Contains(ProtobufV2.ContentType, StringComparison.Ordinal) || request.Accept.Contains("spec.v2@v1.0+protobuf", StringComparison.Ordinal)
            ? Kept("v2+protobuf", hash, () => new(ProtobufV2.Write(OpenApiDocuments.V2(registry, types)), ProtobufV2.ContentType))
            : Kept("v2", hash, () => new(JsonTree.ToUtf8(OpenApiDocuments.V2(registry, types)), ApiResponse.Json));
        return document.Answer(request, immutable: false);
    }

    private PackedDocument Kept(string key, string hash, Func<PackedDocument> make)
    {
        if (_documents.TryGetValue(key, out var kept) && kept.Hash == hash)
        {
            return kept.Document;
        }
        var made = make();
        _documents[key] = (hash, made);
        return made;
    }

    private static string Path(ServedType type) => type.Group.Length == 0 ? $"api/{type.Version}" : $"apis/{type.Group}/{type.Version}";

    // Built-in types change with the build alone, custom ones with their definitions: no document is made to know its hash.
    private static string Hash(IEnumerable<ServedType> types)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(s_build));
        foreach (var type in types)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(type.Info.GroupResource + type.Version));
            if (type.Custom is { } custom)
            {
                hash.AppendData(custom.Hash);
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
