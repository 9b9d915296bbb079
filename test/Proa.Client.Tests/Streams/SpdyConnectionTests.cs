using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Proa.Client.Streams.Spdy;

namespace Proa.Client.Tests.Streams;

public sealed class SpdyConnectionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Dictionary_Always_IsTheDraftsBytes()
    {
        Assert.Equal(1423, SpdyDictionary.Bytes.Length);
        // zlib names a dictionary by its Adler-32; SPDY/3's is known to every implementation.
        Assert.Equal(0xe3c6a7c2u, Adler32(SpdyDictionary.Bytes));
    }

    [Fact]
    public void HeaderCodec_ManyBlocks_ReturnsWhatWasWritten()
    {
        using var encoder = new SpdyHeaderEncoder();
        using var decoder = new SpdyHeaderDecoder();
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var headers = Enumerable.Range(0, random.Next(12))
                .Select(i => KeyValuePair.Create($"name-{i}", RandomText(random, random.Next(i == 0 && round % 50 == 0 ? 9000 : 60))))
                .ToList();
            var block = new ArrayBufferWriter<byte>();
            encoder.Encode(headers, block);
            Assert.Equal(headers, decoder.Decode(block.WrittenSpan).All);
        }
    }

    [Fact]
    public void Decode_AnyBytes_RefusesOrReturnsButNeverFails()
    {
        var random = new Random(2);
        using var encoder = new SpdyHeaderEncoder();
        var good = new ArrayBufferWriter<byte>();
        encoder.Encode([new("streamtype", "data"), new("port", "8080")], good);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = good.WrittenSpan.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            using var decoder = new SpdyHeaderDecoder();
            try
            {
                decoder.Decode(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
            }
            catch (SpdyException)
            {
                // A refusal is right.
            }
        }
    }

    [Fact]
    public void Decode_BlockThatExpandsWithoutBound_IsRefused()
    {
        using var encoder = new SpdyHeaderEncoder();
        using var decoder = new SpdyHeaderDecoder();
        var block = new ArrayBufferWriter<byte>();
        encoder.Encode([new("a", new string('x', 1 << 20))], block);
        Assert.True(block.WrittenCount < 16 << 10);
        Assert.Throws<SpdyException>(() => decoder.Decode(block.WrittenSpan));
    }

    [Fact]
    public async Task OpenAsync_ToServer_CarriesHeadersAndDataBothWaysAndHalfCloses()
    {
        await using var pair = new Pair();
        var opened = await pair.Client.OpenAsync(SpdyHeaders.Of(("streamType", "stdin"), ("x", "ü")), Ct);
        var accepted = await pair.Server.Accepted.ReadAsync(Ct);
        Assert.Equal("stdin", accepted.Headers["StreamType"]);
        Assert.Equal("ü", accepted.Headers["x"]);

        var data = RandomNumberGenerator.GetBytes(3_000_000);
        var sending = Task.Run(async () =>
        {
            await opened.WriteAsync(data, Ct);
            await opened.CompleteAsync(Ct);
        }, Ct);
        var received = new MemoryStream();
        await accepted.CopyToAsync(received, Ct);
        await sending;
        Assert.Equal(data, received.ToArray());

        await accepted.WriteAsync("answer"u8.ToArray(), Ct);
        await accepted.CompleteAsync(Ct);
        Assert.Equal("answer", await new StreamReader(opened).ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task OpenAsync_ManyAtOnce_KeepsStreamsApart()
    {
        await using var pair = new Pair();
        var serving = Task.Run(async () =>
        {
            await foreach (var stream in pair.Server.Accepted.ReadAllAsync(Ct))
            {
                _ = Task.Run(async () =>
                {
                    await stream.CopyToAsync(stream, Ct);
                    await stream.CompleteAsync(Ct);
                }, Ct);
            }
        }, Ct);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var stream = await pair.Client.OpenAsync(SpdyHeaders.Of(("n", $"{i}")), Ct);
            var text = new string((char)('a' + (i % 26)), 10_000 + i);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Ct);
            await stream.CompleteAsync(Ct);
            Assert.Equal(text, await new StreamReader(stream).ReadToEndAsync(Ct));
        }));
        await pair.StopAsync();
        await serving;
    }

    [Fact]
    public async Task DisposeAsync_OfAStream_EndsTheOtherSideAndSparesTheConnection()
    {
        await using var pair = new Pair();
        var first = await pair.Client.OpenAsync(SpdyHeaders.None, Ct);
        var accepted = await pair.Server.Accepted.ReadAsync(Ct);
        await accepted.WriteAsync("last words"u8.ToArray(), Ct);
        await accepted.DisposeAsync();
        Assert.Equal("last words", await new StreamReader(first).ReadToEndAsync(Ct));
        await Assert.ThrowsAsync<SpdyException>(async () => await first.WriteAsync(new byte[1], Ct));

        var second = await pair.Client.OpenAsync(SpdyHeaders.None, Ct);
        await second.WriteAsync("still here"u8.ToArray(), Ct);
        await second.CompleteAsync(Ct);
        Assert.Equal("still here", await new StreamReader(await pair.Server.Accepted.ReadAsync(Ct)).ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task RunAsync_TransportBreaks_ReadersGetWhatCameAndThenTheError()
    {
        await using var pair = new Pair();
        var opened = await pair.Client.OpenAsync(SpdyHeaders.None, Ct);
        var accepted = await pair.Server.Accepted.ReadAsync(Ct);
        await accepted.WriteAsync("partial"u8.ToArray(), Ct);
        var buffer = new byte[7];
        await opened.ReadExactlyAsync(buffer, Ct);
        Assert.Equal("partial"u8, buffer);
        await pair.BreakAsync();
        await Assert.ThrowsAsync<SpdyException>(async () => await opened.ReadExactlyAsync(buffer, Ct));
        await Assert.ThrowsAsync<SpdyException>(() => pair.Client.OpenAsync(SpdyHeaders.None, Ct));
    }

    [Fact]
    public async Task RunAsync_AnyBytes_EndsWithoutFailing()
    {
        var random = new Random(3);
        for (var round = 0; round < 500; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            // Half of the rounds look like control frames of version 3, so that more than the first check is met.
            for (var i = 0; round % 2 == 0 && i + 8 <= bytes.Length; i += 24)
            {
                bytes[i] = 0x80;
                bytes[i + 1] = 3;
                bytes[i + 2] = 0;
                bytes[i + 3] = (byte)random.Next(10);
                bytes[i + 5] = bytes[i + 6] = 0;
                bytes[i + 7] = 16;
            }
            var connection = new SpdyConnection(new DuplexStream(new MemoryStream(bytes), Stream.Null), SpdyRole.Server);
            await connection.RunAsync(Ct);
            await connection.DisposeAsync();
        }
    }

    private static string RandomText(Random random, int length) =>
        string.Create(length, random, (span, r) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = (char)r.Next(1, 0x500);
            }
        });

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        uint a = 1, b = 0;
        foreach (var value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }
        return b << 16 | a;
    }

    /// <summary>Two connections, joined.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly Pipe _up = new();
        private readonly Pipe _down = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Pair()
        {
            Client = new(new DuplexStream(_down.Reader.AsStream(), _up.Writer.AsStream()), SpdyRole.Client);
            Server = new(new DuplexStream(_up.Reader.AsStream(), _down.Writer.AsStream()), SpdyRole.Server);
            _running = Task.WhenAll(Client.RunAsync(_stop.Token), Server.RunAsync(_stop.Token));
        }

        public SpdyConnection Client { get; }

        public SpdyConnection Server { get; }

        public async Task StopAsync()
        {
            _stop.Cancel();
            await _running;
        }

        public async Task BreakAsync()
        {
            await _down.Writer.WriteAsync(new byte[3], Ct);
            await _down.Writer.CompleteAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
