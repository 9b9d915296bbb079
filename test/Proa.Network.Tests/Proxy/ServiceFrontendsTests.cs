using Proa.Network.Proxy;
using static Proa.Network.Tests.Objects;

namespace Proa.Network.Tests.Proxy;

public sealed class ServiceFrontendsTests
{
    [Fact]
    public void Of_ReadyEndpoints_OnlyThose()
    {
        var service = Service("web", "10.96.0.9", Port(80));
        Assert.Equal("10.96.0.9:80/6 -> 10.244.0.1:8080 10.244.0.3:8080",
            Show(service, [Slice("web", 8080, "TCP", Ready("10.244.0.1"), NotReady("10.244.0.2"), Ready("10.244.0.3"), Terminating("10.244.0.4"))]));
    }

    [Fact]
    public void Of_NoneReady_ServingTerminating()
    {
        var service = Service("web", "10.96.0.9", Port(80));
        Assert.Equal("10.96.0.9:80/6 -> 10.244.0.4:8080",
            Show(service, [Slice("web", 8080, "TCP", NotReady("10.244.0.2"), Terminating("10.244.0.4"))]));
    }

    [Fact]
    public void Of_Draining_CountsAsTerminating()
    {
        var service = Service("web", "10.96.0.9", Port(80));
        var slice = Slice("web", 8080, "TCP", Ready("10.244.0.1", "a"), Ready("10.244.0.2", "b"));
        Assert.Equal("10.96.0.9:80/6 -> 10.244.0.2:8080", Show(service, [slice], "a"));
        Assert.Equal("10.96.0.9:80/6 -> 10.244.0.1:8080 10.244.0.2:8080", Show(service, [slice], "a", "b"));
    }

    [Fact]
    public void Of_NoEndpoint_Refused()
    {
        Assert.Equal("10.96.0.9:80/6 -> Refuse", Show(Service("web", "10.96.0.9", Port(80)), []));
    }

    [Fact]
    public void Of_LocalPolicy_OnlyThisNode()
    {
        var service = Service("web", "10.96.0.9", Port(80, nodePort: 30080));
        service = service with { Spec = service.Spec with { ExternalTrafficPolicy = "Local" } };
        Assert.Equal("10.96.0.9:80/6 -> 10.1.0.1:80 10.1.0.2:80\n0.0.0.0:30080/6 -> 10.1.0.2:80",
            Show(service, [Slice("web", 80, "TCP", Ready("10.1.0.1", node: "other"), Ready("10.1.0.2"))]));
        Assert.Equal("10.96.0.9:80/6 -> 10.1.0.1:80\n0.0.0.0:30080/6 -> Drop",
            Show(service, [Slice("web", 80, "TCP", Ready("10.1.0.1", node: "other"))]));
    }

    [Fact]
    public void Of_AllKindsOfAddresses_AllServed()
    {
        var service = Service("web", "10.96.0.9", Port(80, nodePort: 30080));
        service = service with
        {
            Spec = service.Spec with { ExternalIPs = ["192.0.2.9"] },
            Status = new() { LoadBalancer = new() { Ingress = [new() { Ip = "192.0.2.10" }, new() { Hostname = "x" }] } },
        };
        Assert.Equal("10.96.0.9:80/6 -> 10.1.0.1:80\n0.0.0.0:30080/6 -> 10.1.0.1:80\n192.0.2.9:80/6 -> 10.1.0.1:80\n192.0.2.10:80/6 -> 10.1.0.1:80",
            Show(service, [Slice("web", 80, "TCP", Ready("10.1.0.1"))]));
    }

    [Fact]
    public void Of_NamedPorts_MatchByNameAndProtocol()
    {
        var service = Service("dns", "10.96.0.10", Port(53, "UDP", "dns"), Port(53, "TCP", "dns-tcp"), Port(9, "SCTP", "s"));
        var slice = Slice("dns", [new() { Name = "dns", Protocol = "UDP", Port = 5353 }, new() { Name = "dns-tcp", Protocol = "TCP", Port = 5354 }], Ready("10.1.0.1"));
        Assert.Equal("10.96.0.10:53/17 -> 10.1.0.1:5353\n10.96.0.10:53/6 -> 10.1.0.1:5354\n10.96.0.10:9/132 -> Refuse", Show(service, [slice]));
    }

    [Fact]
    public void Of_SameEndpointInTwoSlices_Once()
    {
        var one = Slice("web", 80, "TCP", NotReady("10.1.0.1"));
        var two = Slice("web", 80, "TCP", Ready("10.1.0.1"));
        Assert.Equal("10.96.0.9:80/6 -> 10.1.0.1:80", Show(Service("web", "10.96.0.9", Port(80)), [one, two]));
    }

    [Theory]
    [InlineData("None")]
    [InlineData("")]
    [InlineData("fd00::1")]
    public void Of_NoClusterAddress_Nothing(string clusterIP) =>
        Assert.Equal("", Show(Service("web", clusterIP, Port(80)), [Slice("web", 80, "TCP", Ready("10.1.0.1"))]));

    private static string Show(Api.Models.Core.Service service, Api.Models.Discovery.EndpointSlice[] slices, params string[] draining) =>
        string.Join('\n', ServiceFrontends.Of(service, slices, "node", e => e.TargetRef is { } r && draining.Contains(r.Name)).Select(f =>
            $"{f.Key.Address}:{f.Key.Port}/{f.Key.Protocol} -> " +
            (f.Backends.Count == 0 ? f.Absence.ToString() : string.Join(' ', f.Backends.Select(b => $"{b.Address}:{b.Port}")))));
}
