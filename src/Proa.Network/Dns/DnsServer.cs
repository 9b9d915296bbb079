using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Proa.Network.Dns;

/// <summary>Listens on UDP and TCP and hands questions on: to the zone at once, to others in the background.</summary>
internal sealed partial class DnsServer : IDisposable
{
    private const int BufferSize = 4096;
    private const int MaximumConnections = 256;
    private const int Readers = 2;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    private readonly LocalResponder _local;
    private readonly Forwarder _forwarder;
    private readonly AliasResolver _aliases;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private int _connections;

    /// <summary>Binds; both sockets have the same port.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public DnsServer(IPEndPoint endpoint, LocalResponder local, Forwarder forwarder, AliasResolver aliases, TimeProvider time, ILogger logger)
    {
        _local = local;
        _forwarder = forwarder;
        _aliases = aliases;
        _time = time;
        _logger = logger;
        _udp = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _tcp = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _tcp.Bind(endpoint);
            EndPoint = (IPEndPoint)_tcp.LocalEndPoint!;
            _udp.Bind(EndPoint);
            _udp.ReceiveBufferSize = 1 << 20;
            _tcp.Listen(128);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IPEndPoint EndPoint { get; } = null!;

    public async Task RunAsync(CancellationToken ct)
    {
        var loops = new List<Task> { AcceptAsync(ct) };
        for (var i = 0; i < Readers; i++)
        {
            loops.Add(Task.Run(() => ReadUdpAsync(ct), ct));
        }
        await Task.WhenAll(loops);
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ReadUdpAsync(CancellationToken ct)
    {
        var question = new byte[BufferSize];
        var answer = new byte[BufferSize];
        var from = new SocketAddress(_udp.AddressFamily);
        while (true)
        {
            try
            {
                var count = await _udp.ReceiveFromAsync(question, SocketFlags.None, from, ct);
                var length = Respond(question.AsMemory(0, count), answer, from);
                if (length > 0)
                {
                    _udp.SendTo(answer.AsSpan(0, length), SocketFlags.None, from);
                }
            }
            catch (SocketException e)
            {
                // A client that is gone, or a full queue: that answer is lost, as datagrams may be.
                LogSocket(e.Message);
            }
        }
    }

    /// <returns>The answer's length, or 0 when it comes later or never.</returns>
    private int Respond(ReadOnlyMemory<byte> message, Span<byte> answer, SocketAddress from)
    {
        var code = DnsQuery.TryRead(message.Span, out var query);
        if (code is not DnsCode.Ok || query.EdnsVersion != 0)
        {
            return Refuse(code, query, answer);
        }
        switch (_local.Answer(query, answer, query.UdpSize, out var length, out var alias))
        {
            case LocalOutcome.Answered:
                return length;
            default:
                var address = new SocketAddress(from.Family, from.Size);
                from.Buffer.CopyTo(address.Buffer);
                _ = ContinueUdpAsync(message.ToArray(), alias, query.UdpSize, address);
                return 0;
        }
    }

    private async Task ContinueUdpAsync(byte[] message, ZoneNode? alias, int limit, SocketAddress to)
    {
        try
        {
            var answer = await ResolveAsync(message, alias, limit, tcp: false, CancellationToken.None);
            _udp.SendTo(answer.Span, SocketFlags.None, to);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            LogSocket(e.Message);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ResolveAsync(byte[] message, ZoneNode? alias, int limit, bool tcp, CancellationToken ct)
    {
        if (alias is not null)
        {
            var buffer = new byte[tcp ? ushort.MaxValue : BufferSize];
            return buffer.AsMemory(0, await _aliases.ResolveAsync(message, alias, buffer, limit, tcp, ct));
        }
        var answer = await _forwarder.ResolveAsync(message, tcp, ct);
        return answer is not null && answer.Length <= limit ? answer : Short(message, answer);
    }

    /// <summary>No answer, or one that the client cannot take as a datagram.</summary>
    private static byte[] Short(ReadOnlySpan<byte> message, byte[]? answer)
    {
        DnsQuery.TryRead(message, out var query);
        var buffer = new byte[DnsQuery.PlainUdpSize];
        var writer = new DnsWriter(buffer, query, buffer.Length, authoritative: false);
        if (answer is null)
        {
            writer.SetCode(DnsCode.ServerFailure);
        }
        else
        {
            buffer[2] |= 0x02;
        }
        return buffer[..writer.Finish()];
    }

    /// <summary>Malformed, an operation other than a query, or a version of EDNS that is not known.</summary>
    private static int Refuse(DnsCode? code, in DnsQuery query, Span<byte> answer)
    {
        if (code is not { } known)
        {
            return 0;
        }
        var writer = new DnsWriter(answer, query, DnsQuery.PlainUdpSize, authoritative: false);
        if (known == DnsCode.Ok)
        {
            return writer.Finish(extendedCode: 1);
        }
        writer.SetCode(known);
        return writer.Finish();
    }

    private async Task AcceptAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var client = await _tcp.AcceptAsync(ct);
                if (Interlocked.Increment(ref _connections) > MaximumConnections)
                {
                    Interlocked.Decrement(ref _connections);
                    client.Dispose();
                    continue;
                }
                _ = ServeAsync(client, ct);
            }
            catch (SocketException e)
            {
                LogSocket(e.Message);
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken ct)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            while (await ServeOneAsync(stream, ct))
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left, or was silent for too long.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> ServeOneAsync(NetworkStream stream, CancellationToken ct)
    {
        using var idle = new CancellationTokenSource(s_idle, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, ct);
        if (await DnsStream.ReadAsync(stream, both.Token) is not { } message)
        {
            return false;
        }
        var buffer = new byte[ushort.MaxValue];
        var length = RespondTcp(message, buffer, out var later, out var alias);
        if (length > 0)
        {
            await DnsStream.WriteAsync(stream, buffer.AsMemory(0, length), both.Token);
        }
        else if (later)
        {
            await DnsStream.WriteAsync(stream, await ResolveAsync(message, alias, ushort.MaxValue, tcp: true, ct), both.Token);
        }
        return length > 0 || later;
    }

    private int RespondTcp(byte[] message, Span<byte> buffer, out bool later, out ZoneNode? alias)
    {
        (later, alias) = (false, null);
        var code = DnsQuery.TryRead(message, out var query);
        if (code is not DnsCode.Ok || query.EdnsVersion != 0)
        {
            return Refuse(code, query, buffer);
        }
        later = _local.Answer(query, buffer, ushort.MaxValue, out var length, out alias) != LocalOutcome.Answered;
        return later ? 0 : length;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "DNS: {Error}")]
    private partial void LogSocket(string error);
}
