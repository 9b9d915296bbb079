using Proa.Api.Json;

namespace Proa.ApiServer.Tests;

/// <summary>Addresses and ports that a Service gets as its type changes.</summary>
public sealed class ServicePortsTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/n/services";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.NamespaceAsync("n");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Create_OnePortOfTwoProtocols_SharesItsNodePort()
    {
        var made = await _server.ExpectAsync(201, "POST", Services,
            """{"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"name":"a","port":53},{"name":"b","port":53,"protocol":"UDP"},{"name":"c","port":54}]}}""");
        var ports = NodePorts(made);
        Assert.Equal(ports[0], ports[1]);
        Assert.NotEqual(ports[0], ports[2]);
    }

    [Fact]
    public async Task Create_NodePortThatAnotherHasByAnotherProtocol_IsRefused()
    {
        await _server.ExpectAsync(201, "POST", Services, """{"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"port":53,"nodePort":30100}]}}""");
        var refused = await _server.ExpectAsync(422, "POST", Services, """{"metadata":{"name":"t"},"spec":{"type":"NodePort","ports":[{"port":53,"protocol":"UDP","nodePort":30100}]}}""");
        Assert.Equal("Service \"t\" is invalid: spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated", refused.String("message"));
    }

    [Fact]
    public async Task Create_BalancerWithoutNodePorts_GetsOneForTheHealthCheckAlone()
    {
        var made = await _server.ExpectAsync(201, "POST", Services,
            """{"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","externalTrafficPolicy":"Local","allocateLoadBalancerNodePorts":false,"ports":[{"port":53}]}}""");
        Assert.Equal([0], NodePorts(made));
        Assert.InRange(made.Object("spec")!.Int("healthCheckNodePort") ?? 0, 30000, 32767);
    }

    [Theory]
    [InlineData("""{"ipFamilyPolicy":"RequireDualStack"}""", "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services")]
    [InlineData("""{"ipFamilies":["IPv6"]}""", "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster")]
    [InlineData("""{"ipFamilies":["IPv4","IPv6"]}""", "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified")]
    [InlineData("""{"clusterIP":"fd00::1"}""", "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster")]
    public async Task Create_FamilyThatTheClusterHasNot_IsRefused(string more, string error)
    {
        var spec = JsonTree.ParseObject(System.Text.Encoding.UTF8.GetBytes(more));
        spec["selector"] = new JsonObject { ["a"] = "b" };
        spec["ports"] = new JsonArray([new JsonObject { ["port"] = 53 }]);
        var refused = await _server.ExpectAsync(422, "POST", Services, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "s" }, ["spec"] = spec }.ToString());
        Assert.Equal($"Service \"s\" is invalid: {error}", refused.String("message"));
    }

    [Fact]
    public async Task Update_ToExternalNameAndBack_GivesTheAddressUpAndGetsOne()
    {
        await _server.ExpectAsync(201, "POST", Services, """{"metadata":{"name":"s"},"spec":{"type":"NodePort","selector":{"a":"b"},"ports":[{"name":"a","port":53}]}}""");
        var plain = await Patched("""{"spec":{"type":"ClusterIP","externalTrafficPolicy":null}}""");
        Assert.Equal([0], NodePorts(plain));
        var named = await Patched("""{"spec":{"type":"ExternalName","externalName":"a.b"}}""");
        Assert.False(named.Object("spec")!.ContainsKey("clusterIP"));
        var back = await Patched("""{"spec":{"type":"ClusterIP","externalName":null}}""");
        Assert.NotEqual("", back.Object("spec")!.String("clusterIP") ?? "");

        Task<JsonObject> Patched(string patch) => _server.ExpectAsync(200, "PATCH", Services + "/s", patch, "application/merge-patch+json");
    }

    private static List<long> NodePorts(JsonObject service) =>
        [.. service.Object("spec")!.Array("ports")!.OfType<JsonObject>().Select(static port => port.Int("nodePort") ?? 0)];
}
