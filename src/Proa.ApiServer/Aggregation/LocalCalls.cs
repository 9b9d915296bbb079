using System.Net.Http.Headers;
using System.Text.Json;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Proxying;
using Proa.Client;
using Proa.Client.Http;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// Requests of clients in this process for what another server serves. They come without a connection, and want their answers as
/// those of this server: an object, the items of a list, the events of a watch. Thread-safe.
/// </summary>
internal sealed class LocalCalls(ExtensionClient client, TimeProvider clock)
{
    // What a client over HTTP would be given: a server that hangs must not hold up a controller.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, ExtensionServer server, ProxyTarget target, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(s_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        HttpResponseMessage? response = null;
        try
        {
            using var message = Message(request, server, target);
            response = await client.SendAsync(server, message, either.Token);
            if (request.Info.Verb == "watch" && response.IsSuccessStatusCode)
            {
                var source = new RemoteWatch(response, await response.Content.ReadAsStreamAsync(ct), ct);
                response = null;
                return new WatchResponse(source);
            }
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return Answer(request, response, body);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return ApiResponse.Of(Statuses.Timeout("request did not complete within the allotted timeout"));
        }
        catch (HttpRequestException e)
        {
            return AggregatedRequests.Unavailable(request, $"error trying to reach service: {ConnectionFailure.Text(e, target)}");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return ApiResponse.Of(Statuses.InternalError(e.Message));
        }
        finally
        {
            response?.Dispose();
        }
    }

    private static HttpRequestMessage Message(ApiRequest request, ExtensionServer server, ProxyTarget target)
    {
        var query = new QueryText();
        foreach (var (name, value) in request.Query.Parameters)
        {
            query.Add(name, value);
        }
        var message = ExtensionClient.Request(new(request.Method), server, target, RequestPipeline.PathOf(request.Info) + query, request.User);
        message.Headers.TryAddWithoutValidation("Accept", request.Accept.Length > 0 ? request.Accept : ApiResponse.Json);
        message.Headers.TryAddWithoutValidation("User-Agent", request.UserAgent);
        if (request.Body.Length > 0)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(request.ContentType) } };
        }
        return message;
    }

    private static ApiResponse Answer(ApiRequest request, HttpResponseMessage response, byte[] body)
    {
        if (!response.IsSuccessStatusCode)
        {
            return ApiResponse.Of(StatusReader.Of(response, body));
        }
        if (request.Info.Verb != "list")
        {
            return new BytesResponse((int)response.StatusCode, body) { ContentType = response.Content.Headers.ContentType?.ToString() ?? ApiResponse.Json };
        }
        var page = ListPageReader.Read(body);
        return new ListResponse("", "", page.ResourceVersion, page.Items) { Continue = page.Continue };
    }

    /// <summary>The events of another server's watch, as they come.</summary>
    private sealed class RemoteWatch(HttpResponseMessage response, Stream body, CancellationToken ct) : IWatchSource
    {
        private readonly IAsyncEnumerator<WatchItem> _items = WatchStream.ReadAsync(body, ct).GetAsyncEnumerator(ct);
        private WatchItem? _next;

        public bool TryNext(out WatchItem item)
        {
            item = _next.GetValueOrDefault();
            var found = _next is not null;
            _next = null;
            return found;
        }

        public async ValueTask<bool> WaitAsync(CancellationToken waiting)
        {
            if (!await _items.MoveNextAsync())
            {
                return false;
            }
            _next = _items.Current;
            return true;
        }

        public void Dispose()
        {
            body.Dispose();
            response.Dispose();
        }
    }
}
