using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Proa.Api.Models;

namespace Proa.ApiServer.Streams;

/// <summary>Changes an HTTP/1.1 connection to WebSocket or SPDY.</summary>
internal static class Upgrades
{
    // RFC 6455, section 1.3.
    private const string WebSocketMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static bool IsWebSocket(HttpContext context) => Wants(context, "websocket");

    public static bool IsSpdy(HttpContext context) => Wants(context, "SPDY/3.1");

    /// <summary>
    /// Accepts with the first of the client's subprotocols that is served. Null when there is none; then the refusal has been
    /// written.
    /// </summary>
    public static async Task<(WebSocket Socket, string Protocol)?> AcceptWebSocketAsync(
        HttpContext context, IReadOnlyList<string> served, CancellationToken ct)
    {
        var headers = context.Request.Headers;
        var key = headers.SecWebSocketKey.ToString();
        if (headers.SecWebSocketVersion != "13" || key.Length == 0)
        {
            await RefuseAsync(context, 400, "BadRequest", "the WebSocket handshake lacks its key, or is not of version 13", ct);
            return null;
        }
        string? chosen = null;
        foreach (var offered in headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol"))
        {
            if (served.Contains(offered))
            {
                chosen = offered;
                break;
            }
        }
        if (chosen is null && headers.SecWebSocketProtocol.Count > 0)
        {
            await RefuseAsync(context, 400, "BadRequest", $"none of the offered WebSocket subprotocols is served; served are {string.Join(", ", served)}", ct);
            return null;
        }
        var response = context.Response.Headers;
        response.Connection = "Upgrade";
        response.Upgrade = "websocket";
        response.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + WebSocketMagic)));
        if (chosen is not null)
        {
            response.SecWebSocketProtocol = chosen;
        }
        var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        // The subprotocol is not told to the socket: it would refuse the slash in SPDY's.
        var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        return (socket, chosen ?? served[^1]);
    }

    /// <param name="served">The protocols spoken over SPDY; the first that the client offers is taken.</param>
    /// <returns>Null when there is none; then the refusal has been written.</returns>
    public static async Task<Stream?> AcceptSpdyAsync(HttpContext context, IReadOnlyList<string> served, CancellationToken ct)
    {
        const string Header = "X-Stream-Protocol-Version";
        var offered = context.Request.Headers.GetCommaSeparatedValues(Header);
        var chosen = served.FirstOrDefault(offered.Contains);
        if (chosen is null && offered.Length > 0)
        {
            foreach (var protocol in served)
            {
                context.Response.Headers.Append("X-Accepted-Stream-Protocol-Versions", protocol);
            }
            await RefuseAsync(context, 403, "Forbidden", $"unable to negotiate protocol: client supports {string.Join(", ", offered)}, server accepts {string.Join(", ", served)}", ct);
            return null;
        }
        var response = context.Response.Headers;
        response.Connection = "Upgrade";
        response.Upgrade = "SPDY/3.1";
        response[Header] = chosen ?? served[0];
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    public static async Task RefuseAsync(HttpContext context, int code, string reason, string message, CancellationToken ct)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Model.ToUtf8(StreamStatus.Failure(code, reason, message)), ct);
    }

    private static bool Wants(HttpContext context, string protocol) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        && context.Request.Headers.GetCommaSeparatedValues("Upgrade").Contains(protocol, StringComparer.OrdinalIgnoreCase);
}
