using Proa.Api.Models.Core;
using Proa.Network.Tests.Kernel;
using static Proa.Network.Tests.Objects;

namespace Proa.Network.Tests.Proxy;

/// <summary>Real packets through the real kernel.</summary>
[Collection(KernelCollection.Name)]
public sealed class ServiceProxyTests
{
    [KernelFact]
    public async Task ClusterAddress_FromHostAndPods_ReachesAllBackendsAndKeepsSource()
    {
        await using var cluster = await TestCluster.StartAsync();
        TestPod one = cluster.Pod("one"), two = cluster.Pod("two"), client = cluster.Pod("client");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80), Port(81, "UDP", "u")));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address), Ready(two.Address)));
        cluster.Api.Set(Slice("web", [new() { Name = "u", Protocol = "UDP", Port = 8080 }], Ready(one.Address)));
        await cluster.SettleAsync();

        Assert.Equal(["one", "two"], Names(40, () => Caller.Tcp(address, 80)));
        Assert.Equal(["one", "two"], Names(40, () => Caller.Tcp(address, 80, client)));
        Assert.Equal($"one {client.Address}", Caller.Udp(address, 81, client));
        Assert.EndsWith($" {client.Address}", Caller.Tcp(address, 80, client));
        Assert.EndsWith($" {cluster.Options.Gateway}", Caller.Tcp(address, 80));
    }

    [KernelFact]
    public async Task ClusterAddress_PodReachesItself_SeesAnotherSource()
    {
        await using var cluster = await TestCluster.StartAsync();
        var one = cluster.Pod("one");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80)));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address)));
        await cluster.SettleAsync();

        Assert.Equal($"one {cluster.Options.Gateway}", Caller.Tcp(address, 80, one));
    }

    [KernelFact]
    public async Task NodePort_OnEveryLocalAddress_AlsoLoopback()
    {
        await using var cluster = await TestCluster.StartAsync();
        TestPod one = cluster.Pod("one"), client = cluster.Pod("client");
        cluster.Api.Set(Service("web", cluster.ServiceAddress(20), Port(80, nodePort: 30080), Port(81, "UDP", "u", 30081)));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address)));
        cluster.Api.Set(Slice("web", [new() { Name = "u", Protocol = "UDP", Port = 8080 }], Ready(one.Address)));
        await cluster.SettleAsync();

        Assert.Equal($"one {cluster.Options.Gateway}", Caller.Tcp("127.0.0.1", 30080));
        Assert.Equal($"one {cluster.Options.Gateway}", Caller.Udp("127.0.0.1", 30081));
        Assert.Equal($"one {cluster.Options.Gateway}", Caller.Tcp(cluster.Options.Gateway.ToString(), 30080));
        Assert.Equal($"one {client.Address}", Caller.Tcp(cluster.Options.Gateway.ToString(), 30080, client));
        Assert.Equal("refused", Caller.Tcp("127.0.0.1", 30082));
    }

    [KernelFact]
    public async Task Loopback_FromPodByForgedRoute_Dropped()
    {
        await using var cluster = await TestCluster.StartAsync();
        var pod = cluster.Pod("one");
        using var secret = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 18181);
        secret.Start();
        Command.Run("ip", "-n", pod.Namespace.Name, "link", "set", "lo", "down");
        Command.Run("ip", "netns", "exec", pod.Namespace.Name, "sh", "-c",
            $"echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr flush dev lo; ip route add 127.0.0.0/8 via {cluster.Options.Gateway} dev eth0 src {pod.Address}; ip route del local 127.0.0.0/8 table local || true");
        Assert.NotEqual("refused", Caller.Tcp("127.0.0.1", 18181, pod));
        Assert.False(secret.Pending());
    }

    [KernelFact]
    public async Task NoEndpoint_TcpAndUdp_RefusedAtOnce()
    {
        await using var cluster = await TestCluster.StartAsync();
        // Not the first address: a pod that reached itself was sent an ICMP redirect, and after one the kernel sends that
        // address no ICMP error for a second.
        cluster.Pod("first");
        var client = cluster.Pod("client");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80, nodePort: 30080), Port(81, "UDP", "u")));
        await cluster.SettleAsync();

        Assert.Equal("refused", Caller.Tcp(address, 80));
        Assert.Equal("refused", Caller.Tcp(address, 80, client));
        // What the host itself sends is refused by the call that sends it.
        Assert.Equal("AccessDenied", Caller.Udp(address, 81));
        Assert.Equal("refused", Caller.Udp(address, 81, client));
        Assert.Equal("refused", Caller.Tcp("127.0.0.1", 30080));
        Assert.Equal("refused", Caller.Tcp(cluster.Options.Gateway.ToString(), 30080, client));
        // Neither a port nor an address that no Service has.
        Assert.Equal("refused", Caller.Tcp(address, 99, client));
        Assert.Equal("refused", Caller.Tcp(cluster.ServiceAddress(99), 80));
    }

    [KernelFact]
    public async Task LocalPolicyWithoutLocalEndpoint_Dropped()
    {
        await using var cluster = await TestCluster.StartAsync();
        var service = Service("web", cluster.ServiceAddress(20), Port(80));
        cluster.Api.Set(service with { Spec = service.Spec with { InternalTrafficPolicy = "Local" } });
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready("10.9.9.9", node: "elsewhere")));
        await cluster.SettleAsync();
        Assert.Equal("timeout", Caller.Tcp(cluster.ServiceAddress(20), 80));
    }

    [KernelFact]
    public async Task Affinity_SameClient_SameBackendUntilItGoes()
    {
        await using var cluster = await TestCluster.StartAsync();
        TestPod one = cluster.Pod("one"), two = cluster.Pod("two"), client = cluster.Pod("client");
        var address = cluster.ServiceAddress(20);
        var service = Service("web", address, Port(80, nodePort: 30080));
        cluster.Api.Set(service with
        {
            Spec = service.Spec with { SessionAffinity = "ClientIP", SessionAffinityConfig = new SessionAffinityConfig { ClientIP = new() { TimeoutSeconds = 60 } } },
        });
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address), Ready(two.Address)));
        await cluster.SettleAsync();

        var first = Assert.Single(Names(20, () => Caller.Tcp(address, 80, client)));
        Assert.Single(Names(20, () => Caller.Tcp("127.0.0.1", 30080)));
        var (gone, other) = first == "one" ? (one, two) : (two, one);
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(other.Address), NotReady(gone.Address)));
        await cluster.SettleAsync();
        var second = Assert.Single(Names(20, () => Caller.Tcp(address, 80, client)));
        Assert.NotEqual(first, second);
        Assert.Equal(second, Assert.Single(Names(20, () => Caller.Tcp(address, 80, client))));
        // The new choice is remembered too.
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(other.Address), Ready(gone.Address)));
        await cluster.SettleAsync();
        Assert.Equal(second, Assert.Single(Names(20, () => Caller.Tcp(address, 80, client))));
    }

    [KernelFact]
    public async Task UdpBackend_Removed_OldFlowMovesOn()
    {
        await using var cluster = await TestCluster.StartAsync();
        TestPod one = cluster.Pod("one"), two = cluster.Pod("two");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80, "UDP")));
        cluster.Api.Set(Slice("web", 8080, "UDP", Ready(one.Address)));
        await cluster.SettleAsync();
        using var socket = Caller.UdpSocket();
        Assert.StartsWith("one", Caller.Udp(socket, address, 80));

        cluster.Api.Set(Slice("web", 8080, "UDP", Ready(two.Address)));
        await cluster.SettleAsync();
        Assert.StartsWith("two", Caller.Udp(socket, address, 80));
    }

    [KernelFact]
    public async Task HostPort_OfPod_Served()
    {
        await using var cluster = await TestCluster.StartAsync();
        var one = cluster.Pod("one");
        var pod = new Pod
        {
            Metadata = new() { Namespace = "default", Name = "one" },
            Spec = new() { Containers = [new() { Name = "c", Ports = [new() { ContainerPortValue = 8080, HostPort = 9090 }] }] },
            Status = new() { Phase = "Running", PodIP = one.Address },
        };
        cluster.Api.Set(pod);
        await cluster.SettleAsync();
        Assert.StartsWith("one", Caller.Tcp("127.0.0.1", 9090));
        cluster.Api.Delete(pod);
        await cluster.SettleAsync();
        Assert.Equal("refused", Caller.Tcp("127.0.0.1", 9090));
    }

    [KernelFact]
    public async Task WaitDrainedAsync_SliceStillReady_NoNewConnectionAfterIt()
    {
        await using var cluster = await TestCluster.StartAsync();
        TestPod one = cluster.Pod("one"), two = cluster.Pod("two");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80, nodePort: 30080)));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address, "one"), Ready(two.Address, "two")));
        var terminating = new Pod { Metadata = new() { Namespace = "default", Name = "one", DeletionTimestamp = DateTimeOffset.UnixEpoch } };
        cluster.Api.Set(terminating);
        await cluster.SettleAsync();

        await cluster.Proxy.WaitDrainedAsync("default", "one", [one.Address], TestContext.Current.CancellationToken);
        Assert.Equal(["two"], Names(30, () => Caller.Tcp(address, 80)));
        Assert.Equal(["two"], Names(30, () => Caller.Tcp("127.0.0.1", 30080)));

        // A slice written before the pod was deleted is seen only now.
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(two.Address, "two"), Ready(one.Address, "one")));
        await cluster.SettleAsync();
        Assert.Equal(["two"], Names(30, () => Caller.Tcp(address, 80)));

        // The pod is gone; later another one has its name and address.
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(two.Address, "two")));
        cluster.Api.Delete(terminating);
        await cluster.SettleAsync();
        cluster.Api.Set(terminating with { Metadata = terminating.Metadata with { DeletionTimestamp = null } });
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(two.Address, "two"), Ready(one.Address, "one")));
        await cluster.SettleAsync();
        Assert.Equal(["one", "two"], Names(40, () => Caller.Tcp(address, 80)));
    }

    [KernelFact]
    public async Task WaitDrainedAsync_OnlyBackend_AnswersAndStillServes()
    {
        await using var cluster = await TestCluster.StartAsync();
        var one = cluster.Pod("one");
        var address = cluster.ServiceAddress(20);
        cluster.Api.Set(Service("web", address, Port(80)));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address, "one")));
        cluster.Api.Set(new Pod { Metadata = new() { Namespace = "default", Name = "one", DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        await cluster.Proxy.WaitDrainedAsync("default", "one", [one.Address], TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(["one"], Names(5, () => Caller.Tcp(address, 80)));
    }

    /// <summary>The table as nft shows it; run with PROA_UPDATE_GOLDEN=1 to accept what it is.</summary>
    [KernelFact]
    public async Task Table_AsListed_IsTheGoldenFile()
    {
        await using var cluster = await TestCluster.StartAsync();
        var service = Service("web", cluster.ServiceAddress(20), Port(80, nodePort: 30080));
        cluster.Api.Set(service);
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready("10.101.0.7"), Ready("10.101.0.8")));
        cluster.Api.Set(Service("none", cluster.ServiceAddress(21), Port(80)));
        cluster.Api.Set(Service("far", cluster.ServiceAddress(22), Port(53, "UDP")));
        cluster.Api.Set(Slice("far", 53, "UDP", Ready("192.0.2.53")));
        var sticky = Service("sticky", cluster.ServiceAddress(23), Port(80));
        cluster.Api.Set(sticky with { Spec = sticky.Spec with { SessionAffinity = "ClientIP" } });
        cluster.Api.Set(Slice("sticky", 8080, "TCP", Ready("10.101.0.7")));
        await cluster.SettleAsync();
        var listed = Command.Run("nft", "list", "table", "ip", cluster.Options.TableName);
        Golden.Check("table.nft", Sorted(listed));
        // Whoever saves the machine's rules and loads them again must be able to.
        Command.Run("nft", ["-f", "-"], listed.Replace(cluster.Options.TableName, "copy", StringComparison.Ordinal), null);
        var copied = Command.Run("nft", "list", "table", "ip", "copy");
        Command.Run("nft", "delete", "table", "ip", "copy");
        Assert.Equal(Sorted(listed), Sorted(copied.Replace("copy", cluster.Options.TableName, StringComparison.Ordinal)));
    }

    [KernelFact]
    public async Task TwoClusters_SideBySide_DoNotTouchEachOther()
    {
        await using var first = await TestCluster.StartAsync(1);
        var one = first.Pod("one");
        first.Api.Set(Service("web", first.ServiceAddress(20), Port(80)));
        first.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address)));
        await first.SettleAsync();
        var before = Command.Run("nft", "list", "table", "ip", first.Options.TableName);
        await using (var second = await TestCluster.StartAsync(2))
        {
            var two = second.Pod("two");
            second.Api.Set(Service("web", second.ServiceAddress(20), Port(80)));
            second.Api.Set(Slice("web", 8080, "TCP", Ready(two.Address)));
            await second.SettleAsync();
            Assert.StartsWith("one", Caller.Tcp(first.ServiceAddress(20), 80));
            Assert.StartsWith("two", Caller.Tcp(second.ServiceAddress(20), 80));
            // Each is the outside world to the other.
            Assert.StartsWith("two", Caller.Tcp(second.ServiceAddress(20), 80, one));
        }
        Assert.Equal(before, Command.Run("nft", "list", "table", "ip", first.Options.TableName));
        Assert.StartsWith("one", Caller.Tcp(first.ServiceAddress(20), 80));
        Assert.DoesNotContain("proa_bbbb0002", Command.Run("nft", "list", "tables"));
    }

    [KernelFact]
    public async Task Table_FlushedByOthers_ComesBack()
    {
        await using var cluster = await TestCluster.StartAsync();
        var one = cluster.Pod("one");
        cluster.Api.Set(Service("web", cluster.ServiceAddress(20), Port(80)));
        cluster.Api.Set(Slice("web", 8080, "TCP", Ready(one.Address)));
        await cluster.SettleAsync();
        Command.Run("nft", "flush", "ruleset");
        // It is an event, so that only its handling can take time.
        var answer = "";
        for (var i = 0; i < 100 && !answer.StartsWith("one", StringComparison.Ordinal); i++)
        {
            await cluster.SettleAsync();
            answer = Caller.Tcp(cluster.ServiceAddress(20), 80);
        }
        Assert.StartsWith("one", answer);
    }

    [KernelFact]
    public void ForwardDrops_ChainOfAnother_Named()
    {
        Command.Run("nft", "add", "table", "ip", "other");
        Command.Run("nft", "add", "chain", "ip", "other", "FORWARD", "{ type filter hook forward priority 0; policy drop; }");
        var drops = Proa.Network.Pods.HostFirewall.ForwardDrops();
        Command.Run("nft", "delete", "table", "ip", "other");
        Assert.Equal(["ip other FORWARD"], drops);
        Assert.Empty(Proa.Network.Pods.HostFirewall.ForwardDrops());
    }

    /// <summary>A hash table has no order of its own.</summary>
    private static string Sorted(string listed) => System.Text.RegularExpressions.Regex.Replace(
        listed, @"elements = \{([^}]*)\}", m => "elements = {\n\t\t\t" + string.Join(",\n\t\t\t", m.Groups[1].Value.Split(',').Select(e => e.Trim()).Order()) + " }");

    private static List<string> Names(int count, Func<string> ask) =>
        [.. Enumerable.Range(0, count).Select(_ => ask().Split(' ')[0]).Distinct().Order()];
}
