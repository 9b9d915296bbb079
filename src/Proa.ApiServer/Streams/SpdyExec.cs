using Microsoft.AspNetCore.Http;
using Proa.Api.Models;
using Proa.Client.Node;
using Proa.Client.Streams.Spdy;

namespace Proa.ApiServer.Streams;

/// <summary>Exec and attach over SPDY: the client opens a stream for each of error, stdin, stdout, stderr and resize.</summary>
internal static class SpdyExec
{
    private static readonly string[] s_protocols = ["v4.channel.k8s.io"];
    private static readonly TimeSpan s_openBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_closeBound = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(
        HttpContext context, INodeApi node, ExecRequest asked, ExecStreamsWanted wanted, TimeProvider time, CancellationToken ct)
    {
        if (await Upgrades.AcceptSpdyAsync(context, s_protocols, ct) is not { } transport)
        {
            return;
        }
        await using var connection = new SpdyConnection(transport, SpdyRole.Server);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = RunConnectionAsync(connection, over);
        try
        {
            if (await AcceptAsync(connection, wanted, time, over.Token) is not { } streams)
            {
                return;
            }
            var sizes = new TerminalSizes();
            var resizing = streams.GetValueOrDefault("resize") is { } resize ? ReadSizesAsync(resize, sizes, over.Token) : Task.CompletedTask;
            var stdout = streams.GetValueOrDefault("stdout");
            var stderr = streams.GetValueOrDefault("stderr");
            var result = await node.ExecAsync(
                asked, new(streams.GetValueOrDefault("stdin"), stdout, stderr, wanted.Tty ? sizes.All(over.Token) : null), over.Token);
            var errors = streams["error"];
            await errors.WriteAsync(Model.ToUtf8(StreamStatus.Of(result)), over.Token);
            await errors.CompleteAsync(over.Token);
            foreach (var output in (SpdyStream?[])[stdout, stderr])
            {
                await (output?.CompleteAsync(over.Token) ?? Task.CompletedTask);
            }
            // The client hangs up when it has read everything; hanging up first could cost it the rest.
            await Task.WhenAny(running, Task.Delay(s_closeBound, time, over.Token));
            await over.CancelAsync();
            await resizing;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away; there is nobody to tell.
        }
        finally
        {
            await over.CancelAsync();
            await running;
        }
    }

    /// <summary>When the connection is over, so is what it was for.</summary>
    internal static async Task RunConnectionAsync(SpdyConnection connection, CancellationTokenSource over)
    {
        await connection.RunAsync(over.Token);
        await over.CancelAsync();
    }

    private static async Task<Dictionary<string, SpdyStream>?> AcceptAsync(
        SpdyConnection connection, ExecStreamsWanted wanted, TimeProvider time, CancellationToken ct)
    {
        var expected = 1 + Convert.ToInt32(wanted.Stdin) + Convert.ToInt32(wanted.Stdout) + Convert.ToInt32(wanted.Stderr) + Convert.ToInt32(wanted.Tty);
        var streams = new Dictionary<string, SpdyStream>(StringComparer.Ordinal);
        using var timer = new CancellationTokenSource(s_openBound, time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        while (streams.Count < expected && await connection.Accepted.WaitToReadAsync(bound.Token))
        {
            while (streams.Count < expected && connection.Accepted.TryRead(out var stream))
            {
                streams[stream.Headers["streamType"] ?? ""] = stream;
            }
        }
        return streams.Count == expected && streams.ContainsKey("error") ? streams : null;
    }

    private static async Task ReadSizesAsync(SpdyStream stream, TerminalSizes sizes, CancellationToken ct)
    {
        try
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            // Go's encoder ends each value with a newline.
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                sizes.Add(System.Text.Encoding.UTF8.GetBytes(line));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
        }
        sizes.End();
    }
}
