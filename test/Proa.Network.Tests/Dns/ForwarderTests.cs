using System.Net;
using Proa.Network.Dns;

namespace Proa.Network.Tests.Dns;

public sealed class ForwarderTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task ResolveAsync_Answer_HasTheClientsIdAndSpelling()
    {
        using var upstream = new FakeUpstream((_, q) => FakeUpstream.Address(q, "192.0.2.7"));
        var forwarder = Make(upstream);
        Assert.Equal("example.com./1/60/192.0.2.7", (await Ask(forwarder, "example.com", 1)).Sorted);
        var second = await Ask(forwarder, "eXample.Com", 2);
        Assert.Equal("eXample.Com./1/60/192.0.2.7", second.Sorted);
        Assert.Equal(2, second.Id);
        Assert.Equal(1, upstream.Asked);
    }

    [Fact]
    public async Task ResolveAsync_Cached_TtlRunsDownAndOut()
    {
        using var upstream = new FakeUpstream((_, q) => FakeUpstream.Address(q, "192.0.2.7", 20));
        var forwarder = Make(upstream);
        await Ask(forwarder, "example.com");
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("example.com./1/5/192.0.2.7", (await Ask(forwarder, "example.com")).Sorted);
        _time.Advance(TimeSpan.FromSeconds(6));
        await Ask(forwarder, "example.com");
        Assert.Equal(2, upstream.Asked);
    }

    [Fact]
    public async Task ResolveAsync_FailureOfFirst_SecondAnswers()
    {
        using var bad = new FakeUpstream((_, q) => FakeUpstream.Code(q, DnsCode.ServerFailure));
        using var good = new FakeUpstream((_, q) => FakeUpstream.Address(q, "192.0.2.8"));
        Assert.Equal("example.com./1/60/192.0.2.8", (await Ask(Make(bad, good), "example.com")).Sorted);
    }

    [Fact]
    public async Task ResolveAsync_FirstSilent_SecondAnswers()
    {
        using var silent = new FakeUpstream((_, _) => null);
        using var good = new FakeUpstream((_, q) => FakeUpstream.Address(q, "192.0.2.8"));
        Assert.Equal("example.com./1/60/192.0.2.8", (await Ask(Make(silent, good), "example.com")).Sorted);
    }

    [Fact]
    public async Task ResolveAsync_AllFail_FailureAndNotKept()
    {
        using var bad = new FakeUpstream((_, q) => FakeUpstream.Code(q, DnsCode.ServerFailure));
        var forwarder = Make(bad);
        Assert.Equal("SERVFAIL", (await Ask(forwarder, "example.com")).Code);
        await Ask(forwarder, "example.com");
        Assert.Equal(2, bad.Asked);
    }

    [Fact]
    public async Task ResolveAsync_NoServers_Null() =>
        Assert.Null(await new Forwarder(() => [], _time).ResolveAsync(DigReply.Query("a.b", 1), tcp: false, CancellationToken.None));

    [Fact]
    public async Task ResolveAsync_ForgedAnswer_Ignored()
    {
        using var upstream = new FakeUpstream((_, q) =>
        {
            var forged = FakeUpstream.Address(q, "6.6.6.6");
            forged[1] ^= 1;
            return forged;
        });
        using var good = new FakeUpstream((_, q) => FakeUpstream.Address(q, "192.0.2.8"));
        Assert.Equal("example.com./1/60/192.0.2.8", (await Ask(Make(upstream, good), "example.com")).Sorted);
    }

    [Fact]
    public async Task ResolveAsync_SameQuestionAtOnce_AskedOnce()
    {
        using var go = new ManualResetEventSlim();
        using var upstream = new FakeUpstream((_, q) =>
        {
            go.Wait(TimeSpan.FromSeconds(5));
            return FakeUpstream.Address(q, "192.0.2.7");
        });
        var forwarder = Make(upstream);
        var all = Enumerable.Range(0, 50).Select(i => Ask(forwarder, "example.com", (ushort)i)).ToList();
        go.Set();
        var replies = await Task.WhenAll(all);
        Assert.Equal(1, upstream.Asked);
        Assert.Equal(Enumerable.Range(0, 50), replies.Select(r => (int)r.Id));
    }

    [Fact]
    public void Cache_ManyNames_StaysBounded()
    {
        var cache = new ForwardCache(_time);
        for (var i = 0; i < 30_000; i++)
        {
            var question = DigReply.Query($"n{i}.example.com", DnsType.A);
            DnsQuery.TryRead(question, out var query);
            cache.Add(new ForwardKey(query, false), FakeUpstream.Address(question, "192.0.2.1"));
        }
        Assert.InRange(cache.Count, 1, ForwardCache.MaximumEntries);
        Assert.InRange(cache.Bytes, 1, ForwardCache.MaximumBytes);
    }

    [Fact]
    public void Cache_AnyBytes_NeverThrows()
    {
        var cache = new ForwardCache(_time);
        var question = DigReply.Query("example.com", DnsType.A);
        DnsQuery.TryRead(question, out var query);
        var key = new ForwardKey(query, false);
        for (var seed = 0; seed < 100_000; seed++)
        {
            var random = new Random(seed);
            var answer = FakeUpstream.Address(question, "192.0.2.1");
            for (var i = random.Next(5); i > 0; i--)
            {
                answer[random.Next(12, answer.Length)] = (byte)random.Next(256);
            }
            // The question has been compared with the one sent before an answer comes here.
            question.AsSpan(12).CopyTo(answer.AsSpan(12));
            cache.Add(key, answer);
            _ = cache.Find(key);
        }
    }

    [Theory]
    [InlineData("nameserver 192.0.2.1\nnameserver 192.0.2.2\n", "192.0.2.1 192.0.2.2")]
    [InlineData("# c\nsearch x\nnameserver\t192.0.2.1 \r\noptions ndots:5", "192.0.2.1")]
    [InlineData("nameserver 10.96.0.10\nnameserver fe80::1", "fe80::1")]
    [InlineData("nameserver rubbish\nnameserver", "")]
    [InlineData("", "")]
    public void ResolvConf_Parse_ServersButNotOurselves(string content, string expected) =>
        Assert.Equal(expected, string.Join(' ', ResolvConf.Parse(content, new HashSet<IPAddress> { IPAddress.Parse("10.96.0.10") }).Select(e => e.Address)));

    private static async Task<DigReply> Ask(Forwarder forwarder, string name, ushort id = 1) =>
        DigReply.Read(await forwarder.ResolveAsync(DigReply.Query(name, DnsType.A, id), tcp: false, CancellationToken.None) ?? throw new InvalidOperationException("no answer"));

    private Forwarder Make(params FakeUpstream[] upstreams) => new(() => [.. upstreams.Select(u => u.EndPoint)], _time);
}
