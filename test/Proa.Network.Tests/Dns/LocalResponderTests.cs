using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Network.Dns;
using static Proa.Network.Tests.Objects;

namespace Proa.Network.Tests.Dns;

public sealed class LocalResponderTests
{
    private readonly Zone _zone = new();
    private readonly LocalResponder _responder;

    public LocalResponderTests()
    {
        _responder = new LocalResponder(new NetworkOptions("aaaa1111", "/nowhere", "node"), _zone, 7);
        _zone.Set("ns:default", ServiceNames.OfNamespace("default", "cluster.local"));
        _responder.SetSynced();
    }

    [Fact]
    public void Service_A_ClusterAddressWithTtl5()
    {
        Put(Service("web", "10.96.0.9", Port(80, name: "http")));
        var reply = Ask("web.default.svc.cluster.local", DnsType.A);
        Assert.Equal(["web.default.svc.cluster.local./1/5/10.96.0.9"], reply.Answers);
        Assert.True(reply.Authoritative);
        Assert.Equal(4242, reply.Id);
    }

    [Fact]
    public void Service_MixedCase_QuestionIsRepeatedAsWritten()
    {
        Put(Service("web", "10.96.0.9", Port(80)));
        var reply = Ask("wEb.DEFAULT.svc.Cluster.Local", DnsType.A);
        Assert.Equal("wEb.DEFAULT.svc.Cluster.Local.", reply.Question);
        Assert.Equal(["wEb.DEFAULT.svc.Cluster.Local./1/5/10.96.0.9"], reply.Answers);
    }

    [Fact]
    public void Service_Aaaa_NoDataWithSoa()
    {
        Put(Service("web", "10.96.0.9", Port(80)));
        var reply = Ask("web.default.svc.cluster.local", DnsType.Aaaa);
        Assert.Equal("NOERROR", reply.Code);
        Assert.Empty(reply.Answers);
        Assert.Equal(["cluster.local./6/5/ns.dns.cluster.local."], reply.Authority);
    }

    [Fact]
    public void Service_Srv_ByPortNameWithTargetsAddress()
    {
        Put(Service("web", "10.96.0.9", Port(80, name: "http"), Port(53, "UDP", "dns")));
        var reply = Ask("_http._tcp.web.default.svc.cluster.local", DnsType.Srv);
        Assert.Equal(["_http._tcp.web.default.svc.cluster.local./33/5/80:web.default.svc.cluster.local."], reply.Answers);
        Assert.Equal(["web.default.svc.cluster.local./1/5/10.96.0.9"], reply.Additional);
        Assert.Equal("_dns._udp.web.default.svc.cluster.local./33/5/53:web.default.svc.cluster.local.", Ask("_dns._udp.web.default.svc.cluster.local", DnsType.Srv).Sorted);
        Assert.Equal("NXDOMAIN", Ask("_dns._tcp.nothing.default.svc.cluster.local", DnsType.Srv).Code);
        Assert.Equal(2, Ask("web.default.svc.cluster.local", DnsType.Srv).Answers.Length);
    }

    [Fact]
    public void Headless_A_ReadyEndpointsAndTheirNames()
    {
        Put(Service("db", "None", Port(6379, name: "redis")), Slice("db", [new() { Name = "redis", Protocol = "TCP", Port = 6379 }],
            Ready("10.244.0.5") with { Hostname = "db-0" }, Ready("10.244.0.6"), NotReady("10.244.0.7")));
        Assert.Equal("db.default.svc.cluster.local./1/5/10.244.0.5 db.default.svc.cluster.local./1/5/10.244.0.6", Ask("db.default.svc.cluster.local", DnsType.A).Sorted);
        Assert.Equal("db-0.db.default.svc.cluster.local./1/5/10.244.0.5", Ask("db-0.db.default.svc.cluster.local", DnsType.A).Sorted);
        Assert.Equal("10-244-0-6.db.default.svc.cluster.local./1/5/10.244.0.6", Ask("10-244-0-6.db.default.svc.cluster.local", DnsType.A).Sorted);
        Assert.Equal(
            "_redis._tcp.db.default.svc.cluster.local./33/5/6379:10-244-0-6.db.default.svc.cluster.local. _redis._tcp.db.default.svc.cluster.local./33/5/6379:db-0.db.default.svc.cluster.local.",
            Ask("_redis._tcp.db.default.svc.cluster.local", DnsType.Srv).Sorted);
        Assert.Equal("5.0.244.10.in-addr.arpa./12/5/db-0.db.default.svc.cluster.local.", Ask("5.0.244.10.in-addr.arpa", DnsType.Ptr).Sorted);
        Assert.Equal("NXDOMAIN", Ask("10-244-0-7.db.default.svc.cluster.local", DnsType.A).Code);
    }

    [Fact]
    public void Headless_A_BeginsElsewhereEachTime()
    {
        Put(Service("db", "None", Port(80)), Slice("db", 80, "TCP", [.. Enumerable.Range(1, 4).Select(i => Ready($"10.244.0.{i}"))]));
        var firsts = Enumerable.Range(0, 4).Select(i => Ask("db.default.svc.cluster.local", DnsType.A, id: (ushort)i).Answers[0]).Distinct();
        Assert.Equal(4, firsts.Count());
    }

    [Fact]
    public void Headless_ManyEndpoints_CutForPlainUdpButNotForTcp()
    {
        Put(Service("db", "None", Port(80)), Slice("db", 80, "TCP", [.. Enumerable.Range(1, 200).Select(i => Ready($"10.244.0.{i}"))]));
        var plain = Ask("db.default.svc.cluster.local", DnsType.A);
        Assert.True(plain.Truncated);
        Assert.InRange(plain.Length, 480, 512);
        var edns = Ask("db.default.svc.cluster.local", DnsType.A, edns: 4096);
        Assert.True(edns.Truncated);
        Assert.InRange(edns.Length, 1200, 1232);
        var tcp = Ask("db.default.svc.cluster.local", DnsType.A, limit: 65535);
        Assert.False(tcp.Truncated);
        Assert.Equal(200, tcp.Answers.Length);
    }

    [Fact]
    public void Headless_NoneReady_DoesNotExist()
    {
        Put(Service("db", "None", Port(80)), Slice("db", 80, "TCP", NotReady("10.244.0.7")));
        Assert.Equal("NXDOMAIN", Ask("db.default.svc.cluster.local", DnsType.A).Code);
    }

    [Fact]
    public void Pointer_OfClusterAddress_Service()
    {
        Put(Service("web", "10.96.0.9", Port(80)));
        Assert.Equal("9.0.96.10.in-addr.arpa./12/5/web.default.svc.cluster.local.", Ask("9.0.96.10.in-addr.arpa", DnsType.Ptr).Sorted);
        Assert.Equal("NXDOMAIN", Ask("10.0.96.10.in-addr.arpa", DnsType.Ptr).Code);
        Assert.Null(Try("1.0.168.192.in-addr.arpa", DnsType.Ptr));
    }

    [Theory]
    [InlineData("10-244-0-5.default.pod.cluster.local", "NOERROR", 1)]
    [InlineData("10-244-0-5.nowhere.pod.cluster.local", "NXDOMAIN", 0)]
    [InlineData("10-244-0-500.default.pod.cluster.local", "NXDOMAIN", 0)]
    [InlineData("10.244.0.5.default.pod.cluster.local", "NXDOMAIN", 0)]
    [InlineData("nothing.default.svc.cluster.local", "NXDOMAIN", 0)]
    [InlineData("default.svc.cluster.local", "NOERROR", 0)]
    [InlineData("svc.cluster.local", "NOERROR", 0)]
    [InlineData("nowhere.svc.cluster.local", "NXDOMAIN", 0)]
    [InlineData("cluster.local", "NOERROR", 0)]
    [InlineData("web.default.svc.cluster.local.default.svc.cluster.local", "NXDOMAIN", 0)]
    public void Names_OfAllKinds_ExistOrNot(string name, string code, int answers)
    {
        Put(Service("web", "10.96.0.9", Port(80)));
        var reply = Ask(name, DnsType.A);
        Assert.Equal(code, reply.Code);
        Assert.Equal(answers, reply.Answers.Length);
        Assert.Equal(answers == 0 ? 1 : 0, reply.Authority.Length);
    }

    [Fact]
    public void Foreign_NotAnswered() => Assert.Null(Try("example.com", DnsType.A));

    [Fact]
    public void Apex_SoaAndNs()
    {
        Assert.Single(Ask("cluster.local", DnsType.Soa).Answers);
        Assert.Equal("cluster.local./2/5/ns.dns.cluster.local.", Ask("cluster.local", DnsType.Ns).Sorted);
        Assert.Equal("ns.dns.cluster.local./1/5/10.96.0.10", Ask("ns.dns.cluster.local", DnsType.A).Sorted);
        Assert.Equal("dns-version.cluster.local./16/5/1.1.0", Ask("dns-version.cluster.local", DnsType.Txt).Sorted);
    }

    [Fact]
    public void ExternalName_Cname()
    {
        var service = Service("ext", "", Port(80));
        Put(service with { Spec = service.Spec with { Type = "ExternalName", ExternalName = "example.com" } });
        Assert.Equal("ext.default.svc.cluster.local./5/5/example.com.", Ask("ext.default.svc.cluster.local", DnsType.Cname).Sorted);
    }

    [Fact]
    public void Service_Deleted_AllItsNamesGo()
    {
        var before = _zone.Count;
        Put(Service("db", "None", Port(80, name: "http")), Slice("db", [new() { Name = "http", Protocol = "TCP", Port = 80 }], Ready("10.244.0.5")));
        Assert.True(_zone.Count > before);
        _zone.Set("default/db", []);
        Assert.Equal(before, _zone.Count);
    }

    [Fact]
    public void Edns_VersionAndSize_Echoed()
    {
        Put(Service("web", "10.96.0.9", Port(80)));
        Assert.Equal("/41/0/", Assert.Single(Ask("web.default.svc.cluster.local", DnsType.A, edns: 1400).Additional));
        Assert.Empty(Ask("web.default.svc.cluster.local", DnsType.A).Additional);
    }

    [Fact]
    public void NotSynced_ServerFailure()
    {
        var responder = new LocalResponder(new NetworkOptions("aaaa1111", "/nowhere", "node"), new Zone(), 7);
        DnsQuery.TryRead(DigReply.Query("a.default.svc.cluster.local", DnsType.A), out var query);
        var buffer = new byte[512];
        responder.Answer(query, buffer, 512, out var length, out _);
        Assert.Equal("SERVFAIL", DigReply.Read(buffer.AsSpan(0, length)).Code);
    }

    /// <summary>Whatever arrives: no exception, and what is answered can be read.</summary>
    [Fact]
    public void AnyBytes_NeverThrow()
    {
        Put(Service("web", "10.96.0.9", Port(80, name: "http")));
        var buffer = new byte[4096];
        for (var seed = 0; seed < 200_000; seed++)
        {
            var random = new Random(seed);
            var message = DigReply.Query("_http._tcp.web.default.svc.cluster.local", (ushort)random.Next(300), edns: random.Next(2) == 0 ? null : (ushort)1232);
            for (var i = random.Next(4); i > 0; i--)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }
            var bytes = message.AsSpan(0, random.Next(5) == 0 ? random.Next(message.Length) : message.Length);
            if (DnsQuery.TryRead(bytes, out var query) == DnsCode.Ok
                && _responder.Answer(query, buffer, query.UdpSize, out var length, out _) == LocalOutcome.Answered)
            {
                var reply = DigReply.Read(buffer.AsSpan(0, length));
                Assert.InRange(reply.Length, 12, 1232);
            }
        }
    }

    [Fact]
    public void Zone_AnyHistory_IsWhatAFreshOneWouldBe()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var zone = new Zone();
            var current = new Dictionary<string, (Service, EndpointSlice)>();
            for (var step = 0; step < 40; step++)
            {
                var name = $"s{random.Next(4)}";
                if (random.Next(3) == 0)
                {
                    current.Remove(name);
                    zone.Set(name, []);
                    continue;
                }
                var service = Service(name, random.Next(2) == 0 ? "None" : $"10.96.0.{random.Next(1, 4)}", Port(80, name: random.Next(2) == 0 ? "http" : null));
                var slice = Slice(name, 80, "TCP", [.. Enumerable.Range(0, random.Next(3)).Select(_ => Ready($"10.244.0.{random.Next(1, 5)}"))]);
                current[name] = (service, slice);
                zone.Set(name, ServiceNames.Of(service, [slice], "cluster.local"));
            }
            var fresh = new Zone();
            foreach (var (name, (service, slice)) in current)
            {
                fresh.Set(name, ServiceNames.Of(service, [slice], "cluster.local"));
            }
            Assert.Equal(fresh.Count, zone.Count);
            foreach (var name in current.Values.SelectMany(c => ServiceNames.Of(c.Item1, [c.Item2], "cluster.local").Keys))
            {
                Assert.Equal(fresh.Find(name)!.Addresses.Records, zone.Find(name)!.Addresses.Records);
                Assert.Equal(fresh.Find(name)!.Pointers.Count, zone.Find(name)!.Pointers.Count);
                Assert.Equal(fresh.Find(name)!.Locations.Records, zone.Find(name)!.Locations.Records);
            }
        }
    }

    private void Put(Service service, params EndpointSlice[] slices) =>
        _zone.Set($"default/{service.Metadata.Name}", ServiceNames.Of(service, slices, "cluster.local"));

    private DigReply Ask(string name, ushort type, ushort id = 4242, ushort? edns = null, int limit = 0) =>
        Try(name, type, id, edns, limit) ?? throw new InvalidOperationException($"{name} was not answered");

    private DigReply? Try(string name, ushort type, ushort id = 4242, ushort? edns = null, int limit = 0)
    {
        Assert.Equal(DnsCode.Ok, DnsQuery.TryRead(DigReply.Query(name, type, id, edns), out var query));
        var buffer = new byte[65535];
        return _responder.Answer(query, buffer, limit == 0 ? query.UdpSize : limit, out var length, out _) == LocalOutcome.Answered
            ? DigReply.Read(buffer.AsSpan(0, length))
            : null;
    }
}
