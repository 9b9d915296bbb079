using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Proa.Client.Grpc;

/// <summary>
/// A small gRPC client: unary and server-streaming calls over HTTP/2, to a Unix socket or a TCP address, with TLS or without.
/// Connections are made when first needed and again after they broke. Thread-safe.
/// </summary>
public sealed class GrpcClient : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly Uri _base;
    private readonly (string, string)? _header;

    private GrpcClient(Func<CancellationToken, ValueTask<Stream>> connect, Uri address, TimeProvider time, (string, string)? header)
    {
        _base = address;
        _time = time;
        _header = header;
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
        new(ct => ConnectAsync(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified, ct), new Uri("http://localhost"), time, header);

    public static GrpcClient OverTcp(string host, int port, TimeProvider time) =>
        new(ct => ConnectAsync(new IPEndPoint(IPAddress.Parse(host), port), ProtocolType.Tcp, ct), new UriBuilder("http", host, port).Uri, time, null);

    /// <param name="address"><c>https://</c>: with TLS.</param>
    public static GrpcClient To(Uri address, GrpcClientOptions options, TimeProvider time)
    {
        var client = new GrpcClient(
            ct => ConnectAsync(new DnsEndPoint(address.Host, address.Port), ProtocolType.Tcp, ct), address, time, options.Header);
        client._handler.ConnectTimeout = options.ConnectTimeout;
        client._handler.InitialHttp2StreamWindowSize = options.WindowBytes;
        client._handler.KeepAlivePingDelay = options.PingAfter;
        client._handler.KeepAlivePingTimeout = options.PingTimeout;
        if (options.Tls is { } tls)
        {
            client._handler.SslOptions = tls;
        }
        return client;
    }

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
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            return GrpcStatus.Of(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            return GrpcStatus.Of(e);
        }
        catch (InvalidDataException e)
        {
            return new GrpcStatus(GrpcCode.ResourceExhausted, e.Message);
        }
    }

    /// <summary>Opens a server-streaming call; the caller disposes the stream. Errors are told by its reader.</summary>
    public GrpcStream<TResponse> Stream<TResponse>(string method, IMessage request, MessageParser<TResponse> parser, CancellationToken ct)
        where TResponse : class, IMessage<TResponse> => Stream(Message(method, request), parser, ct);

    /// <summary>
    /// A call that streams both ways, of which this side says one message and then stays: a server may take the end of the
    /// requests for the end of the call.
    /// </summary>
    public GrpcStream<TResponse> HeldStream<TResponse>(string method, IMessage request, MessageParser<TResponse> parser, CancellationToken ct)
        where TResponse : class, IMessage<TResponse>
    {
        var message = Message(method, request);
        message.Content = new HeldContent(message.Content!);
        return Stream(message, parser, ct);
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private GrpcStream<TResponse> Stream<TResponse>(HttpRequestMessage message, MessageParser<TResponse> parser, CancellationToken ct)
        where TResponse : class, IMessage<TResponse>
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(ct);
        return new(_http.SendAsync(message, cancel.Token), cancel, parser);
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
        var socket = address.AddressFamily == AddressFamily.Unspecified
            ? new Socket(SocketType.Stream, protocol)
            : new Socket(address.AddressFamily, SocketType.Stream, protocol);
        try
        {
            if (protocol == ProtocolType.Tcp)
            {
                // A Unix socket refuses to be asked at all.
                socket.NoDelay = true;
            }
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
