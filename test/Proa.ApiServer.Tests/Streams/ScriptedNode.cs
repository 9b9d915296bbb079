using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Proa.Client.Node;

namespace Proa.ApiServer.Tests.Streams;

/// <summary>A node whose containers know a few commands, and whose ports are this machine's.</summary>
internal sealed class ScriptedNode : INodeApi
{
    public async Task<NodeError?> LogsAsync(LogRequest request, Stream output, CancellationToken ct)
    {
        if (request.Previous)
        {
            return new(400, "BadRequest", $"previous terminated container \"{request.Container}\" in pod \"{request.Pod}\" not found");
        }
        await output.WriteAsync(Encoding.UTF8.GetBytes($"{request.Container} tail={request.TailLines} follow={request.Follow}\n"), ct);
        return null;
    }

    public async Task<ExecResult> ExecAsync(ExecRequest request, ExecStreams streams, CancellationToken ct)
    {
        switch (request.Command)
        {
            case ["cat"]:
                await streams.Stdin!.CopyToAsync(streams.Stdout!, ct);
                return new(0);
            case ["exit", var code]:
                return new(int.Parse(code, CultureInfo.InvariantCulture));
            case ["both"]:
                await streams.Stdout!.WriteAsync("out"u8.ToArray(), ct);
                await streams.Stderr!.WriteAsync("err"u8.ToArray(), ct);
                return new(0);
            case ["size"]:
                await foreach (var size in streams.Resize!.WithCancellation(ct))
                {
                    await streams.Stdout!.WriteAsync(Encoding.ASCII.GetBytes($"{size.Width}x{size.Height}"), ct);
                    return new(0);
                }
                return new(1);
            case []:
                await streams.Stdout!.WriteAsync("attached"u8.ToArray(), ct);
                return new(0);
            default:
                return new(-1, new(500, "InternalError", "Internal error occurred: no such command"));
        }
    }

    public async Task<(Stream? Connection, NodeError? Error)> ConnectAsync(string ns, string pod, int port, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, ct);
            return (new NetworkStream(socket, ownsSocket: true), null);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return (null, new(500, "InternalError", e.Message.ToLowerInvariant()));
        }
    }
}
