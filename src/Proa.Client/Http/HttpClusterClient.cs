using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Proa.Api.Models;
using Proa.Api.Models.Meta;

namespace Proa.Client.Http;

/// <summary>A cluster over HTTP/2 (or 1.1 where the server has no more), as a kubeconfig describes it. Thread-safe.</summary>
public sealed class HttpClusterClient : IClusterClient, IDisposable
{
    private readonly HttpClient _http;

    public HttpClusterClient(KubeConfig config, string userAgent)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = config.TlsServerName };
        if (config.ClientCertificate() is { } certificate)
        {
            tls.ClientCertificates = [certificate];
        }
        if (config.SkipTlsVerify)
        {
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (config.Authorities() is { } authorities)
        {
            tls.CertificateChainPolicy = Policy(authorities);
        }
        _http = new(new SocketsHttpHandler
        {
            SslOptions = tls,
            AutomaticDecompression = DecompressionMethods.GZip,
            EnableMultipleHttp2Connections = true,
            // A watch is silent for long: without pings a dead server looks like a quiet one.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        })
        {
            BaseAddress = config.Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(userAgent);
        if (config.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, path.ToString(), null, null, ct);

    public async Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct) =>
        (await SendAsync(HttpMethod.Get, path + Selection(options), null, null, ct)).Select(ListPageReader.Read);

    public async IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var query = new QueryText()
            .Add("watch", "true")
            .Add("resourceVersion", options.ResourceVersion)
            .Add("labelSelector", options.LabelSelector)
            .Add("fieldSelector", options.FieldSelector)
            .Add("allowWatchBookmarks", options.Bookmarks ? "true" : null);
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path + query.ToString()));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode)
        {
            yield return new(WatchKind.Error, Model.ToUtf8(StatusReader.Of(response, await response.Content.ReadAsByteArrayAsync(ct))));
            yield break;
        }
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var item in WatchStream.ReadAsync(body, ct))
        {
            yield return item;
        }
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, path + Writing(options), body, "application/json", ct);

    public Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, path + Writing(options), body, "application/json", ct);

    public Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(
        ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        SendAsync(HttpMethod.Patch, path + Writing(options), body, ContentType(kind), ct);

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) =>
        SendAsync(HttpMethod.Delete, path.ToString(), Body(options), "application/json", ct);

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(
        ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct) =>
        SendAsync(HttpMethod.Delete, path + Selection(selection), Body(options), "application/json", ct);

    public async Task<ApiResult<ReadOnlyMemory<byte>>> GetDocumentAsync(string path, string accept, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _http.SendAsync(request, ct);
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        return response.IsSuccessStatusCode ? new ReadOnlyMemory<byte>(bytes) : StatusReader.Of(response, bytes);
    }

    /// <summary>Copies what a path answers that is not a resource's, however long it is.</summary>
    /// <param name="path">Absolute, such as <c>/version</c>.</param>
    /// <returns>The bytes copied. What breaks off throws, with a part copied.</returns>
    public Task<ApiResult<long>> CopyAsync(string path, Stream target, CancellationToken ct) => CopyAsync(HttpMethod.Get, path, target, ct);

    /// <summary>The same of what a path without a body answers to a POST.</summary>
    public Task<ApiResult<long>> PostAsync(string path, Stream target, CancellationToken ct) => CopyAsync(HttpMethod.Post, path, target, ct);

    /// <summary>The same, told line by line as it comes.</summary>
    /// <returns>How many lines there were.</returns>
    public async Task<ApiResult<long>> PostAsync(string path, Action<string> line, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Relative(path));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode)
        {
            return StatusReader.Of(response, await response.Content.ReadAsByteArrayAsync(ct));
        }
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
        var count = 0L;
        for (; await reader.ReadLineAsync(ct) is { } text; count++)
        {
            line(text);
        }
        return count;
    }

    public void Dispose() => _http.Dispose();

    private async Task<ApiResult<long>> CopyAsync(HttpMethod method, string path, Stream target, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, Relative(path));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode)
        {
            return StatusReader.Of(response, await response.Content.ReadAsByteArrayAsync(ct));
        }
        var start = target.Position;
        await response.Content.CopyToAsync(target, ct);
        return target.Position - start;
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>A path is below the server's address, which may have a path of its own (a proxy).</summary>
    private Uri Relative(string path) => new(_http.BaseAddress!.AbsoluteUri.TrimEnd('/') + path);

    private async Task<ApiResult<ReadOnlyMemory<byte>>> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body, string? contentType, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, Relative(path));
        if (body is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(contentType!) } };
        }
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        return response.IsSuccessStatusCode ? new ReadOnlyMemory<byte>(bytes) : StatusReader.Of(response, bytes);
    }

    private static string Selection(ListOptions options) => new QueryText()
        .Add("labelSelector", options.LabelSelector)
        .Add("fieldSelector", options.FieldSelector)
        .Add("resourceVersion", options.ResourceVersion)
        .Add("limit", options.Limit > 0 ? options.Limit.ToString(System.Globalization.CultureInfo.InvariantCulture) : null)
        .Add("continue", options.Continue)
        .ToString();

    private static string Writing(WriteOptions options) => new QueryText()
        .Add("fieldManager", options.FieldManager)
        .Add("dryRun", options.DryRun ? "All" : null)
        .Add("force", options.Force ? "true" : null)
        .ToString();

    private static string ContentType(PatchKind kind) => kind switch
    {
        PatchKind.Json => "application/json-patch+json",
        PatchKind.Merge => "application/merge-patch+json",
        PatchKind.Strategic => "application/strategic-merge-patch+json",
        _ => "application/apply-patch+yaml",
    };

    private static ReadOnlyMemory<byte> Body(DeleteRequest options) => Model.ToUtf8(new DeleteOptions
    {
        ApiVersion = "v1",
        Kind = "DeleteOptions",
        GracePeriodSeconds = options.GraceSeconds,
        PropagationPolicy = options.Propagation,
        Preconditions = options.Uid is null && options.ResourceVersion is null
            ? null
            : new() { Uid = options.Uid, ResourceVersion = options.ResourceVersion },
    });
}
