using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>A container's log over a WebSocket: messages of the log's bytes, or of their base64; what the client sends is ignored.</summary>
internal static class WebSocketLog
{
    private const string Base64 = "base64.binary.k8s.io";

    // The last is what a client gets that asks for none.
    private static readonly string[] s_protocols = [Base64, "binary.k8s.io"];

    public static async Task RunAsync(HttpContext context, INodeApi node, LogRequest asked, CancellationToken ct)
    {
        if (await Upgrades.AcceptWebSocketAsync(context, s_protocols, ct) is not { } accepted)
        {
            return;
        }
        using var socket = accepted.Socket;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var output = new MessageOutput(socket, accepted.Protocol == Base64);
        var reading = ReadAsync(socket, over);
        try
        {
            // An empty message tells clients that the connection stands.
            await output.SendAsync(default, over.Token);
            var error = await node.LogsAsync(asked, output, over.Token);
            var (status, text) = error is null ? (WebSocketCloseStatus.NormalClosure, "") : (WebSocketCloseStatus.InternalServerError, Short(error.Message));
            await socket.CloseOutputAsync(status, text, over.Token);
        }
        catch (Exception e) when (e is IOException or WebSocketException or OperationCanceledException)
        {
            // The client went away; there is nobody to tell.
        }
        finally
        {
            await over.CancelAsync();
            await reading;
        }
    }

    /// <summary>Until the client closes, which ends the log too.</summary>
    private static async Task ReadAsync(WebSocket socket, CancellationTokenSource over)
    {
        var buffer = new byte[1024];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), over.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
            await over.CancelAsync();
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            await over.CancelAsync();
        }
    }

    // RFC 6455, section 5.5: a control frame has room for 125 bytes, two of which are the code.
    private static string Short(string text) => text.Length <= 40 ? text : text[..40];
}
