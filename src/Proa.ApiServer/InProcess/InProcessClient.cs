using System.Globalization;
using System.Runtime.CompilerServices;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.Client;

namespace Proa.ApiServer.InProcess;

/// <summary>
/// The cluster client without a socket: requests enter the server's pipeline at authorization, with a given identity. Objects
/// are the stored bytes themselves. Thread-safe.
/// </summary>
internal sealed class InProcessClient(RequestPipeline pipeline, UserInfo user, string agent) : IClusterClient
{
    public async Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct) =>
        Single(await SendAsync("GET", path, "get", [], default, "", ct));

    public async Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct)
    {
        var answer = await SendAsync("GET", path, "list", Query(options), default, "", ct);
        return answer switch
        {
            ListResponse list => new ListPage(list.Items, list.ResourceVersion, list.Continue),
            BytesResponse { Status: { } error } => error,
            _ => Statuses.InternalError("the list has no items"),
        };
    }

    public async IAsyncEnumerable<WatchItem> WatchAsync(
        ResourcePath path, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var query = new List<KeyValuePair<string, string>> { new("watch", "true") };
        Add(query, "resourceVersion", options.ResourceVersion);
        Add(query, "labelSelector", options.LabelSelector);
        Add(query, "fieldSelector", options.FieldSelector);
        Add(query, "allowWatchBookmarks", options.Bookmarks ? "true" : null);
        var answer = await SendAsync("GET", path, "watch", query, default, "", ct);
        if (answer is not WatchResponse watch)
        {
            var error = (answer as BytesResponse)?.Status ?? Statuses.InternalError("the watch did not start");
            yield return new(WatchKind.Error, Model.ToUtf8(error));
            yield break;
        }
        using var source = watch.Source;
        do
        {
            while (source.TryNext(out var item))
            {
                yield return item;
            }
        }
        while (await source.WaitAsync(ct));
    }

    public async Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(
        ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Single(await SendAsync("POST", path, "create", Query(options), body, ApiResponse.Json, ct));

    public async Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(
        ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Single(await SendAsync("PUT", path, "update", Query(options), body, ApiResponse.Json, ct));

    public async Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(
        ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct)
    {
        var contentType = kind switch
        {
            PatchKind.Json => "application/json-patch+json",
            PatchKind.Merge => "application/merge-patch+json",
            PatchKind.Strategic => "application/strategic-merge-patch+json",
            _ => "application/apply-patch+yaml",
        };
        return Single(await SendAsync("PATCH", path, "patch", Query(options), body, contentType, ct));
    }

    public async Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) =>
        Single(await SendAsync("DELETE", path, "delete", [], DeleteBody(options), ApiResponse.Json, ct));

    public async Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(
        ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct)
    {
        var answer = await SendAsync("DELETE", path, "deletecollection", Query(selection), DeleteBody(options), ApiResponse.Json, ct);
        return answer is ListResponse ? (ReadOnlyMemory<byte>)"{}"u8.ToArray() : Single(answer);
    }

    public async Task<ApiResult<ReadOnlyMemory<byte>>> GetDocumentAsync(string path, string accept, CancellationToken ct)
    {
        var answer = await pipeline.HandleAsync(
            new ApiRequest { Method = "GET", User = user, Accept = accept, UserAgent = agent, Info = new RequestInfo("get", path) }, ct);
        return answer is BytesResponse { Status: null, Code: >= 300 } refused
            ? Statuses.Failure(refused.Code, "", System.Text.Encoding.UTF8.GetString(refused.Body.Span))
            : Single(answer);
    }

    private ValueTask<ApiResponse> SendAsync(
        string method, ResourcePath path, string verb, List<KeyValuePair<string, string>> query, ReadOnlyMemory<byte> body,
        string contentType, CancellationToken ct)
    {
        var selector = FieldSelectorIn(query);
        // Authorization may depend on it: a node reads the objects that its pods use, one by one.
        var selected = path.Name is null ? RequestInfoParser.NameIn(selector) : null;
        return pipeline.HandleAsync(new ApiRequest
        {
            Method = method,
            User = user,
            Query = query.Count == 0 ? RequestQuery.Empty : new RequestQuery(query),
            Body = body,
            ContentType = contentType,
            UserAgent = agent,
            Info = new RequestInfo(verb, "")
            {
                IsResource = true,
                Group = path.Group,
                Version = path.Version,
                Resource = path.Resource,
                Namespace = path.Resource == "namespaces" && path.Group.Length == 0 ? path.Name ?? "" : path.Namespace ?? "",
                Name = path.Name ?? selected ?? "",
                NameFromSelector = selected is not null,
                Subresource = path.Subresource ?? "",
                FieldSelector = selector,
            },
        }, ct);
    }

    private static string FieldSelectorIn(List<KeyValuePair<string, string>> query)
    {
        foreach (var (name, value) in query)
        {
            if (name == "fieldSelector")
            {
                return value;
            }
        }
        return "";
    }

    private static ApiResult<ReadOnlyMemory<byte>> Single(ApiResponse answer) => answer switch
    {
        BytesResponse { Status: { } error } => error,
        BytesResponse bytes => bytes.Body,
        _ => Statuses.InternalError("the answer is not one object"),
    };

    private static List<KeyValuePair<string, string>> Query(ListOptions options)
    {
        var query = new List<KeyValuePair<string, string>>();
        Add(query, "labelSelector", options.LabelSelector);
        Add(query, "fieldSelector", options.FieldSelector);
        Add(query, "resourceVersion", options.ResourceVersion);
        Add(query, "continue", options.Continue);
        Add(query, "limit", options.Limit > 0 ? options.Limit.ToString(CultureInfo.InvariantCulture) : null);
        return query;
    }

    private static List<KeyValuePair<string, string>> Query(WriteOptions options)
    {
        var query = new List<KeyValuePair<string, string>>();
        Add(query, "fieldManager", options.FieldManager);
        Add(query, "dryRun", options.DryRun ? "All" : null);
        Add(query, "force", options.Force ? "true" : null);
        return query;
    }

    private static ReadOnlyMemory<byte> DeleteBody(DeleteRequest options)
    {
        var preconditions = options.Uid is null && options.ResourceVersion is null
            ? null
            : new Preconditions { Uid = options.Uid, ResourceVersion = options.ResourceVersion };
        return Model.ToUtf8(new DeleteOptions
        {
            GracePeriodSeconds = options.GraceSeconds,
            PropagationPolicy = options.Propagation,
            Preconditions = preconditions,
        });
    }

    private static void Add(List<KeyValuePair<string, string>> query, string name, string? value)
    {
        if (value is not null)
        {
            query.Add(new(name, value));
        }
    }
}
