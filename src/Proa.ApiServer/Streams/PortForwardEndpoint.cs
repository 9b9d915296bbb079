using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.Client.Node;
using Proa.Client.Streams.Spdy;

namespace Proa.ApiServer.Streams;

/// <summary>
/// Forwards connections to ports of a pod: SPDY after an upgrade, SPDY within a WebSocket (newer kubectl), or two WebSocket
/// channels a port (client libraries).
/// </summary>
internal static class PortForwardEndpoint
{
    private const string Protocol = "portforward.k8s.io";
    private const string Tunnel = "SPDY/3.1+portforward.k8s.io";

    private static readonly string[] s_webSocketProtocols = [Tunnel, "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

    public static ApiResponse Handle(ApiRequest request, Pod pod, INodeApi node, TimeProvider time)
    {
        var ports = new List<ushort>();
        foreach (var text in request.Query.All("ports").SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (!ushort.TryParse(text, out var port) || port == 0)
            {
                return ApiResponse.Of(StreamStatus.Failure(400, "BadRequest", $"\"{text}\" is not a port: it must be between 1 and 65535"));
            }
            ports.Add(port);
        }
        var target = new PortTarget(node, pod.Metadata.Namespace ?? "", pod.Metadata.Name ?? "", pod.Metadata.Uid ?? "");
        return new StreamResponse((context, ct) => RunAsync(context, target, ports, time, ct));
    }

    private static async Task RunAsync(HttpContext context, PortTarget target, IReadOnlyList<ushort> ports, TimeProvider time, CancellationToken ct)
    {
        if (Upgrades.IsSpdy(context))
        {
            if (await Upgrades.AcceptSpdyAsync(context, [Protocol], ct) is { } transport)
            {
                await SpdyPortForward.RunAsync(transport, target, time, ct);
            }
            return;
        }
        if (!Upgrades.IsWebSocket(context))
        {
            await Upgrades.RefuseAsync(context, 400, "BadRequest", "Upgrade request required", ct);
            return;
        }
        if (await Upgrades.AcceptWebSocketAsync(context, s_webSocketProtocols, ct) is not { } accepted)
        {
            return;
        }
        if (accepted.Protocol == Tunnel)
        {
            var tunnel = WebSocketStream.Create(accepted.Socket, WebSocketMessageType.Binary, ownsWebSocket: true);
            await SpdyPortForward.RunAsync(tunnel, target, time, ct);
            return;
        }
        using var socket = new ChannelSocket(accepted.Socket, accepted.Protocol.Contains("base64", StringComparison.Ordinal));
        await ChannelPortForward.RunAsync(socket, target, ports, ct);
    }
}
