using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Proa.Client.Grpc;

/// <summary>
/// A small gRPC client: unary and server-streaming calls over clear-text HTTP/2, to a Unix socket or a TCP address.
/// Connections are made when first needed and again after they broke. Thread-safe.
/// </summary>
public sealed class GrpcClient : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly Uri _base;
    private (string, string)? _header;

    private GrpcClient(Func<CancellationToken, ValueTask<Stream>> connect, Uri address, TimeProvider time)
    {
        _base = address;
        _time = time;
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            ConnectCallback = (_, ct) => connect(ct),
        };
        _http = new HttpMessageInvoker(_handler);
    }

    /// <param name="path">The socket.</param>
    /// <param name="time">Measures deadlines.</param>
    /// <param name="header">Sent with each call.</param>
    public static GrpcClient OverUnixSocket(string path, TimeProvider time, (string, string)? header = null) =>
        new(ct => ConnectAsync(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified, ct), new Uri("http://localhost"), time) { _header = header };

    public static GrpcClient OverTcp(string host, int port, TimeProvider time) =>
        new(ct => ConnectAsync(new IPEndPoint(IPAddress.Parse(host), port), ProtocolType.Tcp, ct), new UriBuilder("http", host, port).Uri, time);

    /// <param name="method">Such as <c>/runtime.v1.RuntimeService/Version</c>.</param>
    /// <param name="deadline">Null: as long as it takes.</param>
    /// <exception cref="OperationCanceledException">The caller's token, never the deadline.</exception>
    public async Task<GrpcResult<TResponse>> CallAsync<TResponse>(
        string method, IMessage request, MessageParser<TResponse> parser, TimeSpan? deadline, CancellationToken ct)
        where TResponse : class, IMessage<TResponse>
    {
        using var timer = deadline is { } limit ? new CancellationTokenSource(limit, _time) : null;
        using var either = timer is null ? null : CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        var token = either?.Token ?? ct;
        try
        {
            using var response = await _http.SendAsync(Message(method, request), token);
            using var body = await response.Content.ReadAsStreamAsync(token);
            var answer = await GrpcFrame.ReadAsync(body, parser, token);
            if (answer is not null)
            {
                // The trailers arrive with the stream's end.
                await GrpcFrame.ReadAsync(body, parser, token);
            }
            var status = GrpcTrailers.StatusOf(response);
            return status.Code != GrpcCode.Ok ? status
                : answer is null ? new GrpcStatus(GrpcCode.Internal, "no message and no error")
                : answer;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && timer is { IsCancellationRequested: true })
        {
            return new GrpcStatus(GrpcCode.DeadlineExceeded, "context deadline exceeded");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            return new GrpcStatus(GrpcCode.Unavailable, e.Message);
        }
    }

    /// <summary>Opens a server-streaming call; the caller disposes the stream. Errors are told by its reader.</summary>
    public GrpcStream<TResponse> Stream<TResponse>(string method, IMessage request, MessageParser<TResponse> parser, CancellationToken ct)
        where TResponse : class, IMessage<TResponse>
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(ct);
        return new(_http.SendAsync(Message(method, request), cancel.Token), cancel, parser);
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private HttpRequestMessage Message(string method, IMessage request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = GrpcFrame.Content(request),
        };
        message.Headers.TryAddWithoutValidation("te", "trailers");
        if (_header is var (name, value))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    private static async ValueTask<Stream> ConnectAsync(EndPoint address, ProtocolType protocol, CancellationToken ct)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, protocol);
        try
        {
            await socket.ConnectAsync(address, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
