using System.Net;
using System.Net.Sockets;
using Proa.Network.Dns;

namespace Proa.Network.Tests.Dns;

/// <summary>A name server on loopback that does what the test says: an address for each name, or silence.</summary>
internal sealed class FakeUpstream : IDisposable
{
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<string, byte[], byte[]?> _answer;
    private int _asked;

    public FakeUpstream(Func<string, byte[], byte[]?> answer, int port = 0)
    {
        _answer = answer;
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, port));
        EndPoint = (IPEndPoint)_tcp.LocalEndPoint!;
        _udp.Bind(EndPoint);
        _tcp.Listen();
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public IPEndPoint EndPoint { get; }

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>An answer with one record, which points back to the question's name.</summary>
    public static byte[] Address(byte[] query, string address, uint ttl = 60)
    {
        var end = DnsReader.SkipName(query, 12) + 4;
        byte[] record = ZoneNode.Record(DnsType.A, IPAddress.Parse(address).GetAddressBytes());
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(6), ttl);
        byte[] answer = [.. query[..end], .. record];
        answer[2] = 0x81;
        answer[3] = 0x80;
        answer[7] = 1;
        answer[11] = 0;
        return answer;
    }

    public static byte[] Code(byte[] query, DnsCode code)
    {
        byte[] answer = [.. query[..(DnsReader.SkipName(query, 12) + 4)]];
        answer[2] = 0x81;
        answer[3] = (byte)(0x80 | (byte)code);
        answer[11] = 0;
        return answer;
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private byte[]? Answer(byte[] query)
    {
        Interlocked.Increment(ref _asked);
        return _answer(DnsName.Show(query.AsSpan(12, DnsReader.SkipName(query, 12) - 12)), query);
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            var buffer = new byte[4096];
            while (true)
            {
                var packet = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                if (Answer(buffer[..packet.ReceivedBytes]) is { } answer)
                {
                    await _udp.SendToAsync(answer, packet.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var stream = new NetworkStream(await _tcp.AcceptAsync(), ownsSocket: true);
                if (await DnsStream.ReadAsync(stream, CancellationToken.None) is { } query && Answer(query) is { } answer)
                {
                    await DnsStream.WriteAsync(stream, answer, CancellationToken.None);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
