using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Proa.Network.Dns;

/// <summary>
/// Asks other servers what is not the cluster's: the first at once, the next when that does not answer in time or refuses,
/// without giving up on the first. The same question asked by many is asked once; one that comes back to us while it is
/// under way waits for itself and ends with the time-out, so a circle cannot grow. Thread-safe.
/// </summary>
internal sealed class Forwarder(Func<IReadOnlyList<IPEndPoint>> servers, TimeProvider time)
{
    private const int MaximumUnderWay = 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(4);

    private readonly ForwardCache _cache = new(time);
    private readonly ConcurrentDictionary<ForwardKey, Task<byte[]?>> _underWay = [];

    /// <summary>Resolves a message that <see cref="DnsQuery"/> could read.</summary>
    /// <returns>The answer with the question's id and spelling; null when nobody gave one.</returns>
    public async Task<byte[]?> ResolveAsync(ReadOnlyMemory<byte> message, bool tcp, CancellationToken ct)
    {
        var key = Key(message.Span, tcp);
        var answer = _cache.Find(key);
        if (answer is null)
        {
            if (_underWay.Count >= MaximumUnderWay)
            {
                return null;
            }
            var task = _underWay.GetOrAdd(key, static (k, s) => s.Self.AskAsync(k, s.Message.ToArray(), s.Tcp, s.Token), (Self: this, Message: message, Tcp: tcp, Token: ct));
            answer = (await task.WaitAsync(ct))?.AsSpan().ToArray();
        }
        return answer is null ? null : Personal(answer, message.Span);
    }

    private async Task<byte[]?> AskAsync(ForwardKey key, byte[] message, bool tcp, CancellationToken ct)
    {
        // The caller must have put the task into its place before it can end.
        await Task.Yield();
        using var limit = new CancellationTokenSource(s_limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            var answer = await AskAllAsync(message, tcp, both.Token);
            if (answer is not null)
            {
                _cache.Add(key, answer);
            }
            return answer;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            await both.CancelAsync();
            _underWay.TryRemove(key, out _);
        }
    }

    private async Task<byte[]?> AskAllAsync(byte[] message, bool tcp, CancellationToken ct)
    {
        var running = new List<Task<byte[]?>>();
        byte[]? refusal = null;
        var list = servers();
        var next = 0;
        while (next < list.Count || running.Count > 0)
        {
            if (next < list.Count)
            {
                running.Add(AskOneAsync(list[next++], message, tcp, ct));
            }
            var patience = next < list.Count ? Task.Delay(s_patience, time, ct) : Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
            var first = await Task.WhenAny([.. running, patience]);
            ct.ThrowIfCancellationRequested();
            if (first is Task<byte[]?> done)
            {
                running.Remove(done);
                var answer = await done;
                if (answer is not null && (DnsCode)(answer[3] & 0x0f) is DnsCode.Ok or DnsCode.NameError)
                {
                    return answer;
                }
                refusal = answer ?? refusal;
            }
        }
        return refusal;
    }

    private static async Task<byte[]?> AskOneAsync(IPEndPoint server, byte[] message, bool tcp, CancellationToken ct)
    {
        var question = message.AsSpan().ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(question, (ushort)RandomNumberGenerator.GetInt32(65536));
        try
        {
            return tcp ? await AskTcpAsync(server, question, ct) : await AskUdpAsync(server, question, ct);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Each question from a port of its own: whoever wants to forge the answer has to guess it.</summary>
    private static async Task<byte[]?> AskUdpAsync(IPEndPoint server, byte[] question, CancellationToken ct)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, ct);
        await socket.SendAsync(question, ct);
        var buffer = new byte[4096];
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer, ct);
            if (Answers(buffer.AsSpan(0, count), question))
            {
                return buffer[..count];
            }
        }
    }

    private static async Task<byte[]?> AskTcpAsync(IPEndPoint server, byte[] question, CancellationToken ct)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, ct);
        using var stream = new NetworkStream(socket);
        await DnsStream.WriteAsync(stream, question, ct);
        var answer = await DnsStream.ReadAsync(stream, ct);
        return answer is not null && Answers(answer, question) ? answer : null;
    }

    /// <summary>An answer with this id to this very question.</summary>
    private static bool Answers(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question)
    {
        if (answer.Length < DnsQuery.HeaderLength || (answer[2] & 0x80) == 0 || !answer[..2].SequenceEqual(question[..2]))
        {
            return false;
        }
        var length = DnsReader.SkipName(question, DnsQuery.HeaderLength) + 4 - DnsQuery.HeaderLength;
        return answer.Length >= DnsQuery.HeaderLength + length && BinaryPrimitives.ReadUInt16BigEndian(answer[4..]) == 1
            && NameComparer.Instance.Equals(answer.Slice(DnsQuery.HeaderLength, length), question.Slice(DnsQuery.HeaderLength, length));
    }

    private static byte[] Personal(byte[] answer, ReadOnlySpan<byte> question)
    {
        question[..2].CopyTo(answer);
        var end = DnsReader.SkipName(question, DnsQuery.HeaderLength);
        question[DnsQuery.HeaderLength..end].CopyTo(answer.AsSpan(DnsQuery.HeaderLength));
        return answer;
    }

    private static ForwardKey Key(ReadOnlySpan<byte> message, bool tcp)
    {
        DnsQuery.TryRead(message, out var query);
        return new ForwardKey(query, tcp);
    }
}
