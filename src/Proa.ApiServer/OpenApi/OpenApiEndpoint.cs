using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// <c>/openapi/v3</c>, a document for each version of each group, and <c>/openapi/v2</c>, one for all. They are made when they
/// are asked for, and kept until the types they tell of change. What other servers serve is among it: their documents of version
/// 3 are theirs to give, those of version 2 are merged into the one. Thread-safe.
/// </summary>
public sealed class OpenApiEndpoint(ITypeCatalog catalog, SchemaRegistry registry, ApiAggregation? aggregation = null) : IPathEndpoint
{
    private const string V3Root = "/openapi/v3";
    private static readonly string s_build = typeof(OpenApiEndpoint).Module.ModuleVersionId.ToString("N");
    private readonly ConcurrentDictionary<string, (string Hash, PackedDocument Document)> _documents = new(StringComparer.Ordinal);

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var path = request.Path.TrimEnd('/');
        if (path == V3Root)
        {
            // The original serves it as a file without a name that would tell its type.
            return new(new BytesResponse(200, JsonTree.ToUtf8(Index())) { ContentType = "text/plain; charset=utf-8", Headers = [new("Cache-Control", "no-cache, private")] });
        }
        if (path.StartsWith(V3Root + "/", StringComparison.Ordinal))
        {
            return new(Version(request, path[(V3Root.Length + 1)..]));
        }
        return new(path == "/openapi/v2" ? Whole(request) : null);
    }

    private JsonObject Index()
    {
        var urls = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in catalog.All.GroupBy(Path))
        {
            urls[group.Key] = $"{V3Root}/{group.Key}?hash={Hash(group, [])}";
        }
        foreach (var path in OpenApiDocuments.Groups(catalog.All).Select(static group => "apis/" + group).Concat(OpenApiDocuments.Roots))
        {
            urls[path] = $"{V3Root}/{path}?hash={Hash([], [])}";
        }
        foreach (var remote in aggregation?.Schemas ?? [])
        {
            if (remote.Url is { } url)
            {
                urls[remote.Path] = url;
            }
            else if (remote is { HasIndex: false, Second: not null })
            {
                urls[remote.Path] = $"{V3Root}/{remote.Path}?hash={Hash([], [remote])}";
            }
        }
        var paths = new JsonObject();
        foreach (var (path, url) in urls)
        {
            paths[path] = new JsonObject { ["serverRelativeURL"] = url };
        }
        return new() { ["paths"] = paths };
    }

    private ApiResponse? Version(ApiRequest request, string path)
    {
        if ((aggregation?.Schemas ?? []).FirstOrDefault(remote => remote.Path == path) is { } found)
        {
            return Remote(request, found);
        }
        var types = catalog.All.Where(type => Path(type) == path).ToList();
        if (types.Count == 0 && !OpenApiDocuments.Roots.Contains(path) && !OpenApiDocuments.Groups(catalog.All).Any(group => path == "apis/" + group))
        {
            return null;
        }
        var hash = Hash(types, []);
        var document = Kept("v3/" + path, hash, () => new(
            JsonTree.ToUtf8(types.Count > 0 ? OpenApiDocuments.V3(registry, types) : OpenApiDocuments.V3(registry, path)), ApiResponse.Json));
        return document.Answer(request, immutable: request.Query["hash"] == hash);
    }

    private ApiResponse? Remote(ApiRequest request, RemoteSchemas remote)
    {
        if (remote.Url is not null && !request.InProcess)
        {
            return aggregation!.Requests.Forward(request, remote.Service.Server!);
        }
        if (remote.HasIndex || remote.Second is not { } second)
        {
            return null;
        }
        var hash = Hash([], [remote]);
        var document = Kept("v3/" + remote.Path, hash, () => new(JsonTree.ToUtf8(VersionThree.Of(JsonTree.ParseObject(second))), ApiResponse.Json));
        return document.Answer(request, immutable: request.Query["hash"] == hash);
    }

    // kubectl asks for this form alone; it wants JSON when it is told that there is nothing else, which costs it a request.
    private ApiResponse Whole(ApiRequest request)
    {
        var (types, remote) = (catalog.All, aggregation?.Schemas ?? []);
        var hash = Hash(types, remote);
        var document = request.Accept.Contains(ProtobufV2.ContentType, StringComparison.Ordinal) || request.Accept.Contains("spec.v2@v1.0+protobuf", StringComparison.Ordinal)
            ? Kept("v2+protobuf", hash, () => new(ProtobufV2.Write(Merged(types, remote)), ProtobufV2.ContentType))
            : Kept("v2", hash, () => new(JsonTree.ToUtf8(Merged(types, remote)), ApiResponse.Json));
        return document.Answer(request, immutable: false);
    }

    private JsonObject Merged(IReadOnlyList<ServedType> types, IReadOnlyList<RemoteSchemas> remote)
    {
        var document = OpenApiDocuments.V2(registry, types);
        foreach (var schemas in remote)
        {
            if (schemas.Second is { } second)
            {
                RemoteSpec.Merge(document, JsonTree.ParseObject(second));
            }
        }
        return document;
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
    private static string Hash(IEnumerable<ServedType> types, IReadOnlyList<RemoteSchemas> others)
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
        foreach (var remote in others)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(remote.Path + remote.Tag));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
