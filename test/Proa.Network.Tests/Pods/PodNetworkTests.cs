using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Network.Pods;
using Proa.Network.Tests.Kernel;

namespace Proa.Network.Tests.Pods;

[Collection(KernelCollection.Name)]
public sealed class PodNetworkTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("proa-network-").FullName;

    [KernelFact]
    public async Task EnsureAsync_Fresh_GatewayCanBeBoundAtOnce()
    {
        var (network, options) = Make("aaaa0001", "10.201.0.0/24", "10.202.0.0/16");
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp))
        {
            socket.Bind(new IPEndPoint(options.Gateway, 53));
        }
        Assert.Equal("1", File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim());
        await network.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [KernelFact]
    public async Task EnsureAsync_Twice_ChangesNothing()
    {
        var (network, _) = Make("aaaa0002", "10.201.0.0/24", "10.202.0.0/16");
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        var before = State();
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        Assert.Equal(before, State());
        await network.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [KernelFact]
    public async Task EnsureAsync_RangeInUse_NamesTheDevice()
    {
        var (first, _) = Make("aaaa0003", "10.201.0.0/24", "10.202.0.0/16");
        await first.EnsureAsync(TestContext.Current.CancellationToken);
        var (second, _) = Make("aaaa0004", "10.203.0.0/24", "10.202.0.0/16");
        var error = await Assert.ThrowsAsync<NetworkException>(() => second.EnsureAsync(TestContext.Current.CancellationToken));
        Assert.Contains("service range 10.202.0.0/16 is in use on this machine by proa-aaaa0003", error.Message);
        await first.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [KernelFact]
    public async Task Pods_Plugged_ReachGatewayAndEachOther()
    {
        var (network, options) = Make("aaaa0005", "10.201.0.0/24", "10.202.0.0/16");
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        using var one = new TestPod(options);
        using var two = new TestPod(options);
        Command.Run("ip", "netns", "exec", one.Namespace.Name, "busybox", "ping", "-c1", "-W1", options.Gateway.ToString());
        Command.Run("ip", "netns", "exec", one.Namespace.Name, "busybox", "ping", "-c1", "-W1", two.Address);
        // A restart finds the pods at work and leaves them and their leases alone.
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Path.Combine(options.CniLeaseDir, "proa", one.Address)));
        Command.Run("ip", "netns", "exec", two.Namespace.Name, "busybox", "ping", "-c1", "-W1", one.Address);
        await network.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [KernelFact]
    public async Task EnsureAsync_PodVanished_FreesItsAddress()
    {
        var (network, options) = Make("aaaa0006", "10.201.0.0/24", "10.202.0.0/16");
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        var pod = new TestPod(options);
        var lease = Path.Combine(options.CniLeaseDir, "proa", pod.Address);
        Assert.True(File.Exists(lease));
        Command.Run("ip", "-n", pod.Namespace.Name, "link", "delete", "eth0");
        pod.Dispose();
        await network.EnsureAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists(lease));
        await network.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [KernelFact]
    public async Task RemoveAsync_TwoClusters_LeavesOnlyTheOther()
    {
        var bare = State();
        var (first, firstOptions) = Make("aaaa0007", "10.201.0.0/24", "10.202.0.0/16");
        await first.EnsureAsync(TestContext.Current.CancellationToken);
        var one = new TestPod(firstOptions);
        var state = State();
        var (second, secondOptions) = Make("aaaa0008", "10.203.0.0/24", "10.204.0.0/16");
        await second.EnsureAsync(TestContext.Current.CancellationToken);
        var two = new TestPod(secondOptions);

        await second.RemoveAsync(TestContext.Current.CancellationToken);

        Assert.Equal(state, State());
        Assert.True(File.Exists(one.Namespace.Path));
        Assert.False(File.Exists(two.Namespace.Path));
        Command.Run("ip", "netns", "exec", one.Namespace.Name, "busybox", "ping", "-c1", "-W1", firstOptions.Gateway.ToString());
        await first.RemoveAsync(TestContext.Current.CancellationToken);
        await first.RemoveAsync(TestContext.Current.CancellationToken);
        Assert.Equal(bare, State());
        Assert.Empty(Directory.EnumerateFiles("/run/netns"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string State() => Command.Run("ip", "-4", "address") + Command.Run("ip", "route");

    private (PodNetwork, NetworkOptions) Make(string id, string pods, string services)
    {
        var options = new NetworkOptions(id, Path.Combine(_directory, id), "node")
        {
            PodRange = IPNetwork.Parse(pods),
            ServiceRange = IPNetwork.Parse(services),
        };
        return (new PodNetwork(options, NullLogger.Instance), options);
    }
}
