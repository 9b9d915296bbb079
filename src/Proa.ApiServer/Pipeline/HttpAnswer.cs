using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Proa.Api.Protobuf;
using Proa.ApiServer.Metrics;
using Proa.Client;

namespace Proa.ApiServer.Pipeline;

/// <summary>Writes answers to HTTP. Thread-safe.</summary>
internal sealed class HttpAnswer(TimeProvider clock)
{
    private const int CompressAbove = 128 * 1024;
    private const int ListPart = 64 * 1024;

    // How long a watch waits for a client that takes nothing.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <param name="events">Counts those of a watch.</param>
    public async Task WriteAsync(HttpContext context, ApiResponse answer, WatchSeries? events, CancellationToken ct)
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
            response.Headers.Append("Warning", new([.. WarningHeaders.Of(answer.Warnings)]));
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
                await using (var gzip = Gzip(response))
                {
                    await gzip.WriteAsync(bytes.Body, ct);
                }
                break;
            case BytesResponse bytes:
                response.ContentLength = bytes.Body.Length;
                if (!HttpMethods.IsHead(context.Request.Method))
                {
                    await response.BodyWriter.WriteAsync(bytes.Body, ct);
                }
                break;
            case ListResponse list:
                await WriteListAsync(context, list, ct);
                break;
            case WatchResponse watch:
                await WriteWatchAsync(context, watch, events, ct);
                break;
        }
    }

    private async Task WriteWatchAsync(HttpContext context, WatchResponse watch, WatchSeries? events, CancellationToken ct)
    {
        using var source = watch.Source;
        var output = context.Response.BodyWriter;
        // The header goes out at once: clients take it for "the watch is established".
        await context.Response.StartAsync(ct);
        await output.FlushAsync(ct);
        try
        {
            do
            {
                if (!await WriteEventsAsync(context, watch, events, ct))
                {
                    return;
                }
            }
            while (await source.WaitAsync(ct));
        }
        catch (ArgumentOutOfRangeException)
        {
            // The connection is gone: Kestrel's writer hands out empty buffers from then on, and says so no better.
            context.Abort();
        }
    }

    /// <summary>Writes what is there.</summary>
    /// <returns>False: nobody takes it any more.</returns>
    private async ValueTask<bool> WriteEventsAsync(HttpContext context, WatchResponse watch, WatchSeries? events, CancellationToken ct)
    {
        var output = context.Response.BodyWriter;
        var written = 0;
        while (watch.Source.TryNext(out var item))
        {
            if (watch.InProtobuf)
            {
                output.Write(ProtobufEncoder.Frame(item.Kind.ToString().ToUpperInvariant(), ProtobufAnswers.Object(item.Json.Span)));
            }
            else
            {
                WriteFrame(output, item);
            }
            events?.Sent(item.Json.Length);
            written += item.Json.Length;
            if (written > 64 * 1024)
            {
                if (!await FlushAsync(context, output, ct))
                {
                    return false;
                }
                written = 0;
            }
        }
        return written == 0 || await FlushAsync(context, output, ct);
    }

    /// <returns>False: the client is gone, or has not taken anything for too long and is cut off.</returns>
    private async ValueTask<bool> FlushAsync(HttpContext context, PipeWriter output, CancellationToken ct)
    {
        var flushing = output.FlushAsync(ct);
        if (flushing.IsCompletedSuccessfully)
        {
            return !flushing.Result.IsCompleted;
        }
        try
        {
            var flushed = await flushing.AsTask().WaitAsync(s_patience, clock, ct);
            return !flushed.IsCompleted;
        }
        catch (TimeoutException)
        {
            context.Abort();
            return false;
        }
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

    /// <summary>Part by part: what a slow client has not taken yet is not put together either.</summary>
    private static async Task WriteListAsync(HttpContext context, ListResponse list, CancellationToken ct)
    {
        using var writer = new ListWriter(list);
        if (AcceptsGzip(context) && IsLong(list))
        {
            await using var gzip = Gzip(context.Response);
            var part = new ArrayBufferWriter<byte>(ListPart + 4096);
            for (var more = true; more; part.ResetWrittenCount())
            {
                more = writer.WritePart(part, ListPart);
                await gzip.WriteAsync(part.WrittenMemory, ct);
            }
            return;
        }
        // Before it has started, Kestrel hands out buffers that may be empty.
        await context.Response.StartAsync(ct);
        var output = context.Response.BodyWriter;
        while (writer.WritePart(output, ListPart) && !(await output.FlushAsync(ct)).IsCompleted)
        {
        }
        await output.FlushAsync(ct);
    }

    private static GZipStream Gzip(HttpResponse response)
    {
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
        return new(response.BodyWriter.AsStream(leaveOpen: true), CompressionLevel.Fastest);
    }

    private static bool AcceptsGzip(HttpContext context) =>
        context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    private static bool IsLong(ListResponse list)
    {
        long size = 0;
        foreach (var item in list.Items)
        {
            size += item.Length;
            if (size > CompressAbove)
            {
                return true;
            }
        }
        return false;
    }
}
