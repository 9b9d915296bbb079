using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Network.Dns;
using Proa.Network.Tests.Kernel;
using static Proa.Network.Tests.Objects;

namespace Proa.Network.Tests.Dns;

/// <summary>The server as pods meet it: through the Service's address, on the gateway.</summary>
[Collection(KernelCollection.Name)]
public sealed class ClusterDnsTests
{
    [KernelFact]
    public async Task Pod_ByServiceAddress_UdpAndTcp()
    {
        await using var cluster = await TestCluster.StartAsync();
        var pod = cluster.Pod("client");
        using var stop = new CancellationTokenSource();
        var (dns, running) = await StartAsync(cluster, stop.Token);
        cluster.Api.Set(Service("web", cluster.ServiceAddress(20), Port(80)));
        await dns.SettleAsync();

        var server = cluster.Options.DnsAddress.ToString();
        Assert.Equal($"web.default.svc.cluster.local./1/5/{cluster.ServiceAddress(20)}", Udp(pod, server, "web.default.svc.cluster.local").Sorted);
        Assert.Equal($"web.default.svc.cluster.local./1/5/{cluster.ServiceAddress(20)}", (await TcpAsync(pod, server, "web.default.svc.cluster.local")).Sorted);
        Assert.Equal("NXDOMAIN", Udp(pod, server, "nothing.default.svc.cluster.local").Code);
        var look = Command.Run("ip", "netns", "exec", pod.Namespace.Name, "busybox", "nslookup", "web.default.svc.cluster.local", server);
        Assert.Contains(cluster.ServiceAddress(20), look);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [KernelFact]
    public async Task Foreign_AndExternalName_ComeFromTheHostsServers()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var upstream = new FakeUpstream((name, q) => name == "example.com." ? FakeUpstream.Address(q, "192.0.2.7") : FakeUpstream.Code(q, DnsCode.NameError), port: 53);
        using var stop = new CancellationTokenSource();
        var (dns, running) = await StartAsync(cluster, stop.Token);
        var service = Service("ext", "", Port(80));
        cluster.Api.Set(service with { Spec = service.Spec with { Type = "ExternalName", ExternalName = "Example.com" } });
        await dns.SettleAsync();

        var gateway = cluster.Options.Gateway.ToString();
        Assert.Equal("example.com./1/60/192.0.2.7", Udp(null, gateway, "example.com").Sorted);
        Assert.Equal("NXDOMAIN", Udp(null, gateway, "nowhere.example").Code);
        Assert.Equal(
            ["ext.default.svc.cluster.local./5/5/example.com.", "example.com./1/5/192.0.2.7"], Udp(null, gateway, "ext.default.svc.cluster.local").Answers);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [KernelFact]
    public async Task Port53Taken_AnotherPortBehindTheSameService()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Any, 53));
        var pod = cluster.Pod("client");
        using var stop = new CancellationTokenSource();
        var (dns, running) = await StartAsync(cluster, stop.Token);
        Assert.NotEqual(53, dns.EndPoint!.Port);
        cluster.Api.Set(Service("web", cluster.ServiceAddress(20), Port(80)));
        await dns.SettleAsync();
        Assert.Equal("NOERROR", Udp(pod, cluster.Options.DnsAddress.ToString(), "web.default.svc.cluster.local").Code);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static async Task<(ClusterDns, Task)> StartAsync(TestCluster cluster, CancellationToken ct)
    {
        var client = new FakeClient();
        var resolv = Path.Combine(cluster.Options.DataDir, "resolv.conf");
        File.WriteAllText(resolv, "nameserver 127.0.0.1\n");
        cluster.Api.Set(new Namespace { Metadata = new() { Name = "default" } });
        var dns = new ClusterDns(cluster.Options with { ResolvConf = resolv }, cluster.Api, client, TimeProvider.System, NullLogger.Instance);
        var running = dns.RunAsync(ct);
        await dns.Ready.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        var service = Model.Read<Service>(client.Objects["/api/v1/namespaces/kube-system/services/kube-dns"]);
        Assert.Equal(cluster.Options.DnsAddress.ToString(), service.Spec.ClusterIP);
        cluster.Api.Set(service);
        cluster.Api.Set(Model.Read<EndpointSlice>(client.Objects["/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns-proa"]));
        await cluster.SettleAsync();
        return (dns, running);
    }

    private static DigReply Udp(TestPod? from, string server, string name)
    {
        byte[] Ask()
        {
            using var socket = Caller.UdpSocket();
            socket.ReceiveTimeout = 5000;
            socket.Connect(IPAddress.Parse(server), 53);
            socket.Send(DigReply.Query(name, DnsType.A));
            var buffer = new byte[4096];
            return buffer[..socket.Receive(buffer)];
        }
        return DigReply.Read(from is null ? Ask() : from.Namespace.Run(Ask));
    }

    private static async Task<DigReply> TcpAsync(TestPod from, string server, string name)
    {
        using var socket = from.Namespace.Run(() =>
        {
            var made = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            made.Connect(IPAddress.Parse(server), 53);
            return made;
        });
        using var stream = new NetworkStream(socket);
        await DnsStream.WriteAsync(stream, DigReply.Query(name, DnsType.A), CancellationToken.None);
        return DigReply.Read(await DnsStream.ReadAsync(stream, CancellationToken.None));
    }
}
