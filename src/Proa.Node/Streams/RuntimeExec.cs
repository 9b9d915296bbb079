using System.Text;
using System.Text.Json;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.Client.Node;
using Proa.Client.Streams.Spdy;

namespace Proa.Node.Streams;

/// <summary>
/// Runs one exec or attach at the runtime's streaming server: a SPDY stream for each of error, stdin, stdout, stderr and
/// resize. The error stream ends with a Status that holds the exit code.
/// </summary>
internal static class RuntimeExec
{
    public static async Task<ExecResult> RunAsync(Uri url, ExecStreams streams, CancellationToken ct)
    {
        try
        {
            var (connection, error) = await UpgradeClient.ConnectAsync(url, ct);
            if (connection is null)
            {
                return Failed(error!);
            }
            await using (connection)
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var running = connection.RunAsync(over.Token);
                try
                {
                    return await RunAsync(connection, streams, over.Token);
                }
                finally
                {
                    await over.CancelAsync();
                    await running;
                }
            }
        }
        catch (IOException e)
        {
            return Failed(e.Message);
        }
    }

    internal static ExecResult Failed(string message) => new(-1, new NodeError(500, "InternalError", $"Internal error occurred: {message}"));

    private static async Task<ExecResult> RunAsync(SpdyConnection connection, ExecStreams streams, CancellationToken ct)
    {
        var errors = await connection.OpenAsync(Type("error"), ct);
        var stdin = streams.Stdin is null ? null : await connection.OpenAsync(Type("stdin"), ct);
        var stdout = streams.Stdout is null ? null : await connection.OpenAsync(Type("stdout"), ct);
        var stderr = streams.Stderr is null ? null : await connection.OpenAsync(Type("stderr"), ct);
        var resize = streams.Resize is null ? null : await connection.OpenAsync(Type("resize"), ct);
        using var inputOver = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var input = stdin is null ? Task.CompletedTask : SendInputAsync(streams.Stdin!, stdin, inputOver.Token);
        var sizes = resize is null ? Task.CompletedTask : SendSizesAsync(streams.Resize!, resize, inputOver.Token);
        var output = Task.WhenAll(
            stdout is null ? Task.CompletedTask : stdout.CopyToAsync(streams.Stdout!, ct),
            stderr is null ? Task.CompletedTask : stderr.CopyToAsync(streams.Stderr!, ct));
        try
        {
            var status = new MemoryStream();
            await errors.CopyToAsync(status, ct);
            await output;
            return ResultOf(status.GetBuffer().AsMemory(0, (int)status.Length));
        }
        finally
        {
            await inputOver.CancelAsync();
            await Task.WhenAll(Quietly(input), Quietly(sizes), Quietly(output));
        }
    }

    /// <summary>The end of the client's input is the end of the process's: without it a filter such as cat never ends.</summary>
    private static async Task SendInputAsync(Stream from, SpdyStream to, CancellationToken ct)
    {
        await from.CopyToAsync(to, ct);
        await to.CompleteAsync(ct);
    }

    private static async Task SendSizesAsync(IAsyncEnumerable<TerminalSize> sizes, SpdyStream to, CancellationToken ct)
    {
        await foreach (var size in sizes.WithCancellation(ct))
        {
            await to.WriteAsync(Encoding.ASCII.GetBytes($$"""{"Width":{{size.Width}},"Height":{{size.Height}}}{{'\n'}}"""), ct);
        }
    }

    /// <summary>Input may fail because the process is gone: how that ended is told by the error stream.</summary>
    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private static ExecResult ResultOf(ReadOnlyMemory<byte> json)
    {
        if (json.Length == 0)
        {
            return new(0);
        }
        Status status;
        try
        {
            status = Model.Read<Status>(json);
        }
        catch (JsonException)
        {
            return Failed(Encoding.UTF8.GetString(json.Span));
        }
        if (status.StatusValue == "Success")
        {
            return new(0);
        }
        if (status.Reason == "NonZeroExitCode")
        {
            foreach (var cause in status.Details?.Causes ?? [])
            {
                if (cause.Reason == "ExitCode" && int.TryParse(cause.Message, out var code))
                {
                    return new(code);
                }
            }
        }
        return new(-1, new NodeError(status.Code ?? 500, status.Reason ?? "InternalError", status.Message ?? ""));
    }

    private static SpdyHeaders Type(string type) => SpdyHeaders.Of(("streamType", type));
}
