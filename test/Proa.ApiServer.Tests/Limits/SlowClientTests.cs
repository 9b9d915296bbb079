using System.Net;
using System.Net.Sockets;
using System.Text;
using Proa.Testing;

namespace Proa.ApiServer.Tests.Limits;

/// <summary>Clients that take nothing of what they asked for: each is cut off in its time, and costs little until then.</summary>
public sealed class SlowClientTests
{
    private const int ObjectSize = 64 * 1024;
    private readonly WaitClock _clock = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watcher_ThatTakesNothing_IsCutOffAfterHalfAMinute()
    {
        await using var server = await StartAsync();
        using var client = await AskAsync(server, "/api/v1/namespaces/n/configmaps?watch=1&resourceVersion=0");
        await ReadSomeAsync(client);
        await FillAsync(server, 150);
        await _clock.HalfMinutes(1).WaitAsync(Ct);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(client.Poll(0, SelectMode.SelectError));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await EndsAsync(client) < 150L * ObjectSize);
    }

    [Fact]
    public async Task Reader_OfAListThatTakesNothing_IsCutOffAtItsDeadline()
    {
        await using var server = await StartAsync();
        await FillAsync(server, 150);
        using var client = await AskAsync(server, "/api/v1/namespaces/n/configmaps");
        await ReadSomeAsync(client);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await EndsAsync(client) < 150L * ObjectSize);
    }

    [Fact]
    public async Task Watchers_ThatTakeNothing_HoldABoundedMemory()
    {
        const int Watchers = 300;
        await using var server = await StartAsync();
        var clients = new List<Socket>();
        try
        {
            for (var i = 0; i < Watchers; i++)
            {
                var client = await AskAsync(server, "/api/v1/namespaces/n/configmaps?watch=1&resourceVersion=0");
                clients.Add(client);
                await ReadSomeAsync(client);
            }
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await FillAsync(server, 150);
            await _clock.HalfMinutes(Watchers).WaitAsync(Ct);
            // Each was sent near to ten megabytes; what waits for it here is what fits its connection's buffer, and a part of an answer.
            // (Other tests beside this one weigh in, too.)
            var held = GC.GetTotalMemory(forceFullCollection: true) - before - (150 * ObjectSize);
            Assert.True(held < Watchers * 16L * ObjectSize, $"{held / 1024 / Watchers} KiB a watcher");
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(options => options with { Clock = _clock });
        await server.NamespaceAsync("n");
        return server;
    }

    private static async Task FillAsync(TestServer server, int count)
    {
        var value = new string('x', ObjectSize);
        for (var i = 0; i < count; i++)
        {
            await server.ExpectAsync(201, "POST", "/api/v1/namespaces/n/configmaps", $$$"""{"metadata":{"name":"m{{{i}}}"},"data":{"k":"{{{value}}}"}}""");
        }
    }

    private static async Task<Socket> AskAsync(TestServer server, string path)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port, Ct);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"), Ct);
        return client;
    }

    private static async Task ReadSomeAsync(Socket client)
    {
        var start = new byte[12];
        var length = 0;
        while (length < start.Length)
        {
            var read = await client.ReceiveAsync(start.AsMemory(length), Ct);
            Assert.NotEqual(0, read);
            length += read;
        }
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(start));
    }

    /// <returns>How many bytes came before the end.</returns>
    private static async Task<long> EndsAsync(Socket client)
    {
        var buffer = new byte[64 * 1024];
        long length = 0;
        try
        {
            while (await client.ReceiveAsync(buffer, Ct) is > 0 and var read)
            {
                length += read;
            }
        }
        catch (SocketException)
        {
            // Reset: cut off.
        }
        return length;
    }

    /// <summary>A clock that stands still, and that tells how many waits of half a minute have begun: each is for a client that takes nothing.</summary>
    private sealed class WaitClock : TimeProvider
    {
        private readonly TestClock _clock = new(frozen: true);
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;
        private int _wanted = int.MaxValue;

        public override long TimestampFrequency => _clock.TimestampFrequency;

        public Task HalfMinutes(int count)
        {
            lock (_lock)
            {
                _wanted = count;
                Check();
            }
            return _enough.Task;
        }

        public void Advance(TimeSpan by) => _clock.Advance(by);

        public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

        public override long GetTimestamp() => _clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = _clock.CreateTimer(callback, state, dueTime, period);
            if (dueTime == TimeSpan.FromSeconds(30))
            {
                lock (_lock)
                {
                    _begun++;
                    Check();
                }
            }
            return timer;
        }

        private void Check()
        {
            if (_begun >= _wanted)
            {
                _enough.TrySetResult();
            }
        }
    }
}
