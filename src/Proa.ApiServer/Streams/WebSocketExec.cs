using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Proa.Api.Models;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>
/// Exec and attach over WebSocket channels: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize. Version 5 adds 255: the client
/// closes the channel that the next byte names, which is how it ends stdin while it still reads.
/// </summary>
internal static class WebSocketExec
{
    private const byte Stdin = 0;
    private const byte Stdout = 1;
    private const byte Stderr = 2;
    private const byte Error = 3;
    private const byte Resize = 4;
    private const byte Close = 255;
    private const string Oldest = "channel.k8s.io";

    private static readonly string[] s_protocols =
        ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "base64.channel.k8s.io", Oldest];

    public static async Task RunAsync(HttpContext context, INodeApi node, ExecRequest asked, ExecStreamsWanted wanted, CancellationToken ct)
    {
        if (await Upgrades.AcceptWebSocketAsync(context, s_protocols, ct) is not { } accepted)
        {
            return;
        }
        using var socket = new ChannelSocket(accepted.Socket, accepted.Protocol.Contains("base64", StringComparison.Ordinal));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var input = new Pipe();
        var sizes = new TerminalSizes();
        // An empty message on the lowest channel tells clients that the connection stands.
        await socket.SendAsync(wanted.Stdout ? Stdout : wanted.Stderr ? Stderr : Error, default, ct);
        var reading = ReadAsync(socket, input.Writer, sizes, over);
        try
        {
            var streams = new ExecStreams(
                wanted.Stdin ? input.Reader.AsStream() : null,
                wanted.Stdout ? new ChannelOutput(socket, Stdout) : null,
                wanted.Stderr ? new ChannelOutput(socket, Stderr) : null,
                wanted.Tty ? sizes.All(over.Token) : null);
            var result = await node.ExecAsync(asked, streams, over.Token);
            await socket.SendAsync(Error, Report(result, accepted.Protocol), over.Token);
            await socket.CloseAsync(over.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away; there is nobody to tell.
        }
        finally
        {
            await over.CancelAsync();
            await input.Reader.CompleteAsync();
            await reading;
        }
    }

    private static byte[] Report(ExecResult result, string protocol)
    {
        var status = StreamStatus.Of(result);
        // The first version of the protocol has text here, and only for errors.
        return protocol is Oldest or "base64.channel.k8s.io" ? Encoding.UTF8.GetBytes(status.Message ?? "") : Model.ToUtf8(status);
    }

    private static async Task ReadAsync(ChannelSocket socket, PipeWriter input, TerminalSizes sizes, CancellationTokenSource over)
    {
        try
        {
            await socket.ReadAllAsync(
                async (channel, data) =>
                {
                    switch (channel)
                    {
                        case Stdin when data.Length > 0:
                            await input.WriteAsync(data, over.Token);
                            break;
                        case Resize:
                            sizes.Add(data);
                            break;
                        case Close when data.Length > 0 && data.Span[0] == Stdin:
                            await input.CompleteAsync();
                            break;
                        default:
                            break;
                    }
                },
                over.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // Input after its end breaks the protocol: the session is over.
        }
        await input.CompleteAsync();
        sizes.End();
        await over.CancelAsync();
    }
}
