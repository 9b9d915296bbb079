using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Meta;
using Proa.Api.Protobuf;
using Proa.ApiServer.Security;
using Proa.Client;

namespace Proa.ApiServer.Pipeline;

/// <summary>Between HTTP and the pipeline: reads requests, writes answers. Thread-safe.</summary>
internal sealed partial class HttpAdapter(RequestPipeline pipeline, ILogger logger)
{
    /// <summary>The original's limit for a request's body.</summary>
    public const int MaxBody = 3 * 1024 * 1024;

    private const int CompressAbove = 128 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        try
        {
            var request = context.Request;
            var query = RequestQuery.Parse(request.QueryString.Value ?? "");
            var path = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? request.Path.Value ?? "/";
            var end = path.IndexOf('?');
            var info = RequestInfoParser.Parse(request.Method, end < 0 ? path : path[..end], query);
            var answer = await pipeline.HandleAsync(context, info, user => ReadAsync(context, info, query, user, ct), ct);
            await WriteAsync(context, answer, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The client went away.
        }
        catch (IOException) when (ct.IsCancellationRequested)
        {
            // The same.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, ApiResponse.Of(e.StatusCode == 413
                ? Statuses.TooLarge($"Request entity too large: limit is {MaxBody}")
                : Statuses.BadRequest(e.Message)), ct);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            RequestFailed(context.Request.Method, context.Request.Path, e);
            if (!context.Response.HasStarted)
            {
                await WriteAsync(context, ApiResponse.Of(Statuses.InternalError("the server failed to handle the request; its log says why")), ct);
            }
            else
            {
                context.Abort();
            }
        }
    }

    private static async ValueTask<RequestPipeline.ApiResult> ReadAsync(
        HttpContext context, RequestInfo info, RequestQuery query, UserInfo user, CancellationToken ct)
    {
        var (body, tooLarge) = HasBody(context) && !IsProxied(info) ? await ReadBodyAsync(context.Request.BodyReader, ct) : ([], false);
        if (tooLarge)
        {
            return new(null, Statuses.TooLarge($"Request entity too large: limit is {MaxBody}"));
        }
        var headers = context.Request.Headers;
        return new(new ApiRequest
        {
            Method = context.Request.Method,
            Info = info,
            User = user,
            Query = query,
            Accept = headers.Accept.ToString(),
            ContentType = headers.ContentType.ToString(),
            UserAgent = headers.UserAgent.ToString(),
            Body = body,
            Http = context,
        }, null);
    }

    /// <summary>What is only sent on is not read here: it may be long, and endless.</summary>
    private static bool IsProxied(RequestInfo info) => info is { IsResource: true, Group: "", Subresource: "proxy", Resource: "pods" or "services" or "nodes" };

    private static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
        && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true;

    private static async ValueTask<(byte[] Body, bool TooLarge)> ReadBodyAsync(PipeReader reader, CancellationToken ct)
    {
        while (true)
        {
            var read = await ReadAsync(reader, ct);
            if (read.Buffer.Length > MaxBody)
            {
                reader.AdvanceTo(read.Buffer.End);
                return ([], true);
            }
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return (body, false);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken ct)
    {
        try
        {
            return await reader.ReadAsync(ct);
        }
        catch (IOException e) when (e is not BadHttpRequestException && !ct.IsCancellationRequested)
        {
            throw new BadHttpRequestException(e.Message, e);
        }
    }

    private static async Task WriteAsync(HttpContext context, ApiResponse answer, CancellationToken ct)
    {
        var response = context.Response;
        if (answer is StreamResponse stream)
        {
            await stream.Run(context, ct);
            return;
        }
        response.StatusCode = answer.Code;
        response.ContentType = answer.ContentType;
        if (answer.Warnings.Count > 0)
        {
            response.Headers["Warning"] = new([.. WarningHeaders.Of(answer.Warnings)]);
        }
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }
        switch (answer)
        {
            case BytesResponse { Body.Length: 0 }:
                break;
            case BytesResponse bytes when bytes.Body.Length > CompressAbove && AcceptsGzip(context):
                await WriteGzipAsync(response, output => output.Write(bytes.Body.Span), ct);
                break;
            case BytesResponse bytes:
                response.ContentLength = bytes.Body.Length;
                if (!HttpMethods.IsHead(context.Request.Method))
                {
                    await response.BodyWriter.WriteAsync(bytes.Body, ct);
                }
                break;
            case ListResponse list when Size(list) > CompressAbove && AcceptsGzip(context):
                await WriteGzipAsync(response, list.WriteTo, ct);
                break;
            case ListResponse list:
                // Before it has started, Kestrel hands out buffers that may be empty.
                await response.StartAsync(ct);
                list.WriteTo(response.BodyWriter);
                await response.BodyWriter.FlushAsync(ct);
                break;
            case WatchResponse watch:
                await WriteWatchAsync(response, watch.Source, watch.InProtobuf, ct);
                break;
        }
    }

    private static async Task WriteWatchAsync(HttpResponse response, IWatchSource source, bool inProtobuf, CancellationToken ct)
    {
        using var _ = source;
        var output = response.BodyWriter;
        // The header goes out at once: clients take it for "the watch is established".
        await response.StartAsync(ct);
        await output.FlushAsync(ct);
        do
        {
            var written = 0;
            while (source.TryNext(out var item))
            {
                if (inProtobuf)
                {
                    output.Write(ProtobufEncoder.Frame(item.Kind.ToString().ToUpperInvariant(), ProtobufAnswers.Object(item.Json.Span)));
                }
                else
                {
                    WriteFrame(output, item);
                }
                written += item.Json.Length;
                if (written > 64 * 1024)
                {
                    await output.FlushAsync(ct);
                    written = 0;
                }
            }
            if (written > 0)
            {
                await output.FlushAsync(ct);
            }
        }
        while (await source.WaitAsync(ct));
    }

    private static void WriteFrame(IBufferWriter<byte> output, in WatchItem item)
    {
        output.Write("{\"type\":\""u8);
        output.Write(item.Kind switch
        {
            WatchKind.Added => "ADDED"u8,
            WatchKind.Modified => "MODIFIED"u8,
            WatchKind.Deleted => "DELETED"u8,
            WatchKind.Bookmark => "BOOKMARK"u8,
            _ => "ERROR"u8,
        });
        output.Write("\",\"object\":"u8);
        output.Write(item.Json.Span);
        output.Write("}\n"u8);
    }

    private static async Task WriteGzipAsync(HttpResponse response, Action<IBufferWriter<byte>> write, CancellationToken ct)
    {
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
        var whole = new ArrayBufferWriter<byte>(CompressAbove * 2);
        write(whole);
        await using var gzip = new GZipStream(response.BodyWriter.AsStream(leaveOpen: true), CompressionLevel.Fastest);
        await gzip.WriteAsync(whole.WrittenMemory, ct);
    }

    private static bool AcceptsGzip(HttpContext context) =>
        context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    private static long Size(ListResponse list)
    {
        long size = 0;
        foreach (var item in list.Items)
        {
            size += item.Length;
        }
        return size;
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void RequestFailed(string method, string path, Exception exception);
}
