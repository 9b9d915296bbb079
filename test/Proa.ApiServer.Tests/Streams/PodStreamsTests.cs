using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.Client.Streams.Spdy;

namespace Proa.ApiServer.Tests.Streams;

public sealed class PodStreamsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exec_WebSocketV5_EndsWhenInputIsClosed()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "exec?container=a&command=cat&stdin=true&stdout=true&stderr=true", "v5.channel.k8s.io", "v4.channel.k8s.io");
        Assert.Equal("v5.channel.k8s.io", socket.SubProtocol);
        var big = new string('x', 200_000);
        await SendAsync(socket, 0, Encoding.UTF8.GetBytes(big));
        await SendAsync(socket, 255, [0]);

        var channels = await ReadAllAsync(socket);

        Assert.Equal(big, channels[1]);
        Assert.Equal("Success", StatusOf(channels[3]).StatusValue);
    }

    [Theory]
    [InlineData("v4.channel.k8s.io")]
    [InlineData("v5.channel.k8s.io")]
    public async Task Exec_NonZeroExit_TellsTheCode(string protocol)
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "exec?container=a&command=exit&command=3&stdout=true", protocol);

        var status = StatusOf((await ReadAllAsync(socket))[3]);

        Assert.Equal("NonZeroExitCode", status.Reason);
        Assert.Equal("3", Assert.Single(status.Details!.Causes).Message);
    }

    [Fact]
    public async Task Exec_CannotRun_TellsTheNodesError()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "exec?container=a&command=nope&stdout=true", "v5.channel.k8s.io");

        Assert.Equal("Internal error occurred: no such command", StatusOf((await ReadAllAsync(socket))[3]).Message);
    }

    [Fact]
    public async Task Exec_Resize_ReachesTheTerminal()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "exec?container=a&command=size&stdout=true&stdin=true&tty=true", "v5.channel.k8s.io");
        await SendAsync(socket, 4, """{"Width":120,"Height":40}"""u8.ToArray());

        Assert.Equal("120x40", (await ReadAllAsync(socket))[1]);
    }

    [Fact]
    public async Task Exec_Base64_IsDecodedAndEncoded()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "exec?container=a&command=both&stdout=true&stderr=true", "v4.base64.channel.k8s.io");
        var texts = new List<string>();
        var buffer = new byte[1000];
        while (await socket.ReceiveAsync(buffer, Ct) is { MessageType: WebSocketMessageType.Text } message)
        {
            texts.Add($"{(char)buffer[0]}{Encoding.UTF8.GetString(Convert.FromBase64String(Encoding.ASCII.GetString(buffer, 1, message.Count - 1)))}");
        }
        Assert.Contains("1out", texts);
        Assert.Contains("2err", texts);
    }

    [Fact]
    public async Task Attach_WebSocket_RunsNoCommand()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "attach?container=b&stdout=true", "v4.channel.k8s.io");

        Assert.Equal("attached", (await ReadAllAsync(socket))[1]);
    }

    [Fact]
    public async Task Exec_Spdy_HalfClosesAndReports()
    {
        await using var server = await StreamServer.StartAsync();
        await using var client = await SpdyConnectAsync(server, "exec?container=a&command=cat&stdin=true&stdout=true", "v4.channel.k8s.io");
        var errors = await client.Connection.OpenAsync(SpdyHeaders.Of(("streamType", "error")), Ct);
        var stdin = await client.Connection.OpenAsync(SpdyHeaders.Of(("streamType", "stdin")), Ct);
        var stdout = await client.Connection.OpenAsync(SpdyHeaders.Of(("streamType", "stdout")), Ct);
        await stdin.WriteAsync("hello"u8.ToArray(), Ct);
        await stdin.CompleteAsync(Ct);

        Assert.Equal("hello", await new StreamReader(stdout).ReadToEndAsync(Ct));
        Assert.Contains("Success", await new StreamReader(errors).ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task PortForward_SpdyInWebSocket_CarriesConnectionsSideBySide()
    {
        await using var server = await StreamServer.StartAsync();
        await using var echo = new EchoServer();
        using var socket = await ConnectByHandAsync(server, "portforward", "SPDY/3.1+portforward.k8s.io");
        await using var connection = new SpdyConnection(WebSocketStream.Create(socket, WebSocketMessageType.Binary), SpdyRole.Client);
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            var (errors, data) = await OpenPairAsync(connection, echo.Port, i);
            await data.WriteAsync(Encoding.ASCII.GetBytes(new string('a', 100_000) + i), Ct);
            await data.CompleteAsync(Ct);
            Assert.Equal(new string('a', 100_000) + i, await new StreamReader(data).ReadToEndAsync(Ct));
            Assert.Equal("", await new StreamReader(errors).ReadToEndAsync(Ct));
        }));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task PortForward_NothingListens_TellsOnTheErrorStreamAndGoesOn()
    {
        await using var server = await StreamServer.StartAsync();
        await using var echo = new EchoServer();
        await using var client = await SpdyConnectAsync(server, "portforward", "portforward.k8s.io");
        var (errors, data) = await OpenPairAsync(client.Connection, 9, 0);

        Assert.Equal("error forwarding port 9 to pod p_ns, uid u: connection refused", await new StreamReader(errors).ReadToEndAsync(Ct));
        Assert.Equal("", await new StreamReader(data).ReadToEndAsync(Ct));

        var (_, second) = await OpenPairAsync(client.Connection, echo.Port, 1);
        await second.WriteAsync("x"u8.ToArray(), Ct);
        await second.CompleteAsync(Ct);
        Assert.Equal("x", await new StreamReader(second).ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task PortForward_WebSocketChannels_AnnouncePortsThenCarryData()
    {
        await using var server = await StreamServer.StartAsync();
        await using var echo = new EchoServer();
        using var socket = await ConnectAsync(server, $"portforward?ports={echo.Port}", "v4.channel.k8s.io");
        var first = await ReadMessageAsync(socket);
        var second = await ReadMessageAsync(socket);
        Assert.Equal([0, (byte)echo.Port, (byte)(echo.Port >> 8)], first);
        Assert.Equal(1, second[0]);
        await SendAsync(socket, 0, "ping"u8.ToArray());

        Assert.Equal("\0ping"u8.ToArray(), await ReadMessageAsync(socket));
    }

    [Theory]
    [InlineData("exec?command=cat&stdout=true", 400, "a container name must be specified for pod p, choose one of: [a b]")]
    [InlineData("exec?container=z&command=cat&stdout=true", 400, "container z is not valid for pod p")]
    [InlineData("exec?container=a&stdout=true", 400, "you must specify at least one command for the container")]
    [InlineData("exec?container=a&command=cat", 400, "Upgrade request required")]
    [InlineData("portforward?ports=70000", 400, "\"70000\" is not a port: it must be between 1 and 65535")]
    [InlineData("log?container=a&previous=true", 400, "previous terminated container \"a\" in pod \"p\" not found")]
    [InlineData("log?container=a&tailLines=-1", 422, "PodLogOptions \"p\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0")]
    public async Task Get_BadRequest_IsAStatus(string path, int code, string message)
    {
        await using var server = await StreamServer.StartAsync();
        using var http = new HttpClient();
        var answer = await http.GetAsync(new Uri(server.Address, path), Ct);

        Assert.Equal(code, (int)answer.StatusCode);
        Assert.Equal(message, StatusOf(await answer.Content.ReadAsStringAsync(Ct)).Message);
    }

    [Fact]
    public async Task Log_Options_ReachTheNode()
    {
        await using var server = await StreamServer.StartAsync();
        using var http = new HttpClient();

        Assert.Equal("b tail=5 follow=True\n", await http.GetStringAsync(new Uri(server.Address, "log?container=b&tailLines=5&follow=true"), Ct));
    }

    [Theory]
    [InlineData("binary.k8s.io", WebSocketMessageType.Binary, "b tail= follow=False\n")]
    [InlineData("base64.binary.k8s.io", WebSocketMessageType.Text, "YiB0YWlsPSBmb2xsb3c9RmFsc2UK")]
    [InlineData(null, WebSocketMessageType.Binary, "b tail= follow=False\n")]
    public async Task Log_WebSocket_IsMessagesAfterAnEmptyOne(string? protocol, WebSocketMessageType type, string expected)
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "log?container=b", protocol is null ? [] : [protocol]);

        Assert.Empty(await ReadMessageAsync(socket));
        var buffer = new byte[1024];
        var message = await socket.ReceiveAsync(buffer, Ct);
        Assert.Equal((type, expected), (message.MessageType, Encoding.ASCII.GetString(buffer, 0, message.Count)));
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(buffer, Ct)).MessageType);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task Log_WebSocketRefusedByTheNode_IsClosedWithTheReason()
    {
        await using var server = await StreamServer.StartAsync();
        using var socket = await ConnectAsync(server, "log?container=b&previous=true", "binary.k8s.io");

        Assert.Empty(await ReadMessageAsync(socket));
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[1024], Ct)).MessageType);
        Assert.Equal((WebSocketCloseStatus.InternalServerError, "previous terminated container \"b\" in pod"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    private static async Task<ClientWebSocket> ConnectAsync(StreamServer server, string path, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        foreach (var protocol in protocols)
        {
            socket.Options.AddSubProtocol(protocol);
        }
        await socket.ConnectAsync(new UriBuilder(new Uri(server.Address, path)) { Scheme = "ws" }.Uri, Ct);
        return socket;
    }

    /// <summary>The client's socket refuses the slash in the protocol's name, as kubectl's does not.</summary>
    private static async Task<WebSocket> ConnectByHandAsync(StreamServer server, string path, string protocol)
    {
        var stream = await UpgradeAsync(server, protocol,
            $"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n");
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions());
    }

    private static async Task<SpdyClient> SpdyConnectAsync(StreamServer server, string path, string protocol) =>
        new(new SpdyConnection(await UpgradeAsync(server, protocol,
            $"POST /{path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: {protocol}\r\nContent-Length: 0\r\n\r\n"),
            SpdyRole.Client));

    private static async Task<NetworkStream> UpgradeAsync(StreamServer server, string protocol, string request)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, Ct);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Ct);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Ct);
            head.Append((char)one[0]);
        }
        Assert.StartsWith("HTTP/1.1 101 ", head.ToString());
        Assert.Contains(protocol, head.ToString());
        return stream;
    }

    private static async Task<(SpdyStream Errors, SpdyStream Data)> OpenPairAsync(SpdyConnection connection, int port, int id)
    {
        var errors = await connection.OpenAsync(SpdyHeaders.Of(("streamType", "error"), ("port", $"{port}"), ("requestID", $"{id}")), Ct);
        await errors.CompleteAsync(Ct);
        return (errors, await connection.OpenAsync(SpdyHeaders.Of(("streamType", "data"), ("port", $"{port}"), ("requestID", $"{id}")), Ct));
    }

    private static async Task SendAsync(WebSocket socket, byte channel, byte[] data) =>
        await socket.SendAsync((byte[])[channel, .. data], WebSocketMessageType.Binary, true, Ct);

    private static async Task<byte[]> ReadMessageAsync(WebSocket socket)
    {
        var buffer = new byte[64 << 10];
        var result = await socket.ReceiveAsync(buffer, Ct);
        return buffer[..result.Count];
    }

    private static async Task<string[]> ReadAllAsync(WebSocket socket)
    {
        var channels = new string[5];
        while (await ReadMessageAsync(socket) is { Length: > 0 } message)
        {
            channels[message[0]] += Encoding.UTF8.GetString(message, 1, message.Length - 1);
        }
        return channels;
    }

    private static Status StatusOf(string json) => Model.Read<Status>(Encoding.UTF8.GetBytes(json));

    private sealed class SpdyClient : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public SpdyClient(SpdyConnection connection)
        {
            Connection = connection;
            _running = connection.RunAsync(_stop.Token);
        }

        public SpdyConnection Connection { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            await Connection.DisposeAsync();
        }
    }
}
