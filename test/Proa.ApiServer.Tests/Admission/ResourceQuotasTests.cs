using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Admission;

public sealed class ResourceQuotasTests
{
    [Fact]
    public async Task Create_ManyAtOnce_ExactlyTheAllowedPass()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"configmaps":"10","count/configmaps":"20"}}""");

        var codes = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => CodeAsync(server, "configmaps", $$"""{"metadata":{"name":"m{{i}}"} }""")));

        Assert.Equal(10, codes.Count(code => code == 201));
        Assert.Equal(50, codes.Count(code => code == 403));
        var quota = await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/resourcequotas/q");
        Assert.Equal("10", quota.Object("status")!.Object("used")!.String("configmaps"));
        Assert.Equal("10", quota.Object("status")!.Object("used")!.String("count/configmaps"));
    }

    [Fact]
    public async Task Create_RefusedWrite_IsNotCharged()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"configmaps":"2"}}""");

        Assert.Equal(201, await CodeAsync(server, "configmaps", """{"metadata":{"name":"m"}}"""));
        Assert.Equal(409, await CodeAsync(server, "configmaps", """{"metadata":{"name":"m"}}"""));
        Assert.Equal(201, await CodeAsync(server, "configmaps", """{"metadata":{"name":"n"}}"""));
        Assert.Equal(403, await CodeAsync(server, "configmaps", """{"metadata":{"name":"o"}}"""));
    }

    [Fact]
    public async Task Create_ResourceClaim_CountsItsDevicesByClass()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"gold.deviceclass.resource.k8s.io/devices":"5","count/resourceclaims.resource.k8s.io":"3"}}""");
        const string Path = "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims";

        await server.ExpectAsync(201, "POST", Path, """{"metadata":{"name":"one"},"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"gold","count":2}},{"name":"s","firstAvailable":[{"name":"x","deviceClassName":"gold","count":1},{"name":"y","deviceClassName":"gold","count":2},{"name":"z","deviceClassName":"tin","count":9}]}]}}}""");
        var refused = await server.ExpectAsync(403, "POST", Path, """{"metadata":{"name":"two"},"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"gold","allocationMode":"All"}}]}}}""");

        Assert.Equal(
            "resourceclaims.resource.k8s.io \"two\" is forbidden: exceeded quota: q, requested: gold.deviceclass.resource.k8s.io/devices=32, used: gold.deviceclass.resource.k8s.io/devices=4, limited: gold.deviceclass.resource.k8s.io/devices=5",
            refused.String("message"));
        var quota = await server.ExpectAsync(200, "GET", "/api/v1/namespaces/a/resourcequotas/q");
        Assert.Equal("1", quota.Object("status")!.Object("used")!.String("count/resourceclaims.resource.k8s.io"));
    }

    [Theory]
    [InlineData("""{"hard":{"requests.cpu":"1","limits.memory":"1Gi","pods":"5"}}""",
        """{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"2"},"limits":{"memory":"2Gi","cpu":"3"}}}]}""",
        "exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=2, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=1")]
    [InlineData("""{"hard":{"cpu":"1","limits.memory":"1Gi"}}""",
        """{"containers":[{"name":"b","image":"i"},{"name":"a","image":"i","resources":{"requests":{"cpu":"1"}}}]}""",
        "failed quota: q: must specify cpu for: b; limits.memory for: a,b")]
    [InlineData("""{"hard":{"pods":"0"},"scopes":["BestEffort"]}""",
        """{"containers":[{"name":"c","image":"i"}]}""",
        "exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0")]
    [InlineData("""{"hard":{"requests.example.com/gpu":"1"}}""",
        """{"containers":[{"name":"c","image":"i","resources":{"limits":{"example.com/gpu":"2"}}}]}""",
        "exceeded quota: q, requested: requests.example.com/gpu=2, used: requests.example.com/gpu=0, limited: requests.example.com/gpu=1")]
    public async Task Create_Pod_RefusedInTheOriginalsWords(string quota, string spec, string message)
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, quota);

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", $$"""{"metadata":{"name":"p"},"spec":{{spec}} }""");

        Assert.Equal($"pods \"p\" is forbidden: {message}", answer.String("message"));
    }

    [Fact]
    public async Task Create_PodOutsideTheScope_NotCounted()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"pods":"0"},"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In","values":["system-node-critical"]}]}}""");

        Assert.Equal(201, await CodeAsync(server, "pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"""));
    }

    [Fact]
    public async Task Create_Services_CountsPortsAndBalancers()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"services.nodeports":"3","services.loadbalancers":"1"}}""");

        Assert.Equal(201, await CodeAsync(server, "services", """{"metadata":{"name":"l"},"spec":{"type":"LoadBalancer","ports":[{"port":80,"name":"a"},{"port":81,"name":"b"}]}}"""));
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/services", """{"metadata":{"name":"n"},"spec":{"type":"LoadBalancer","ports":[{"port":80,"name":"a"},{"port":81,"name":"b"}]}}""");

        Assert.Equal(
            "services \"n\" is forbidden: exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=2, used: services.loadbalancers=1,services.nodeports=2, limited: services.loadbalancers=1,services.nodeports=3",
            refused.String("message"));
    }

    [Fact]
    public async Task Create_ClaimOfClass_CountsForItsClass()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await QuotaAsync(server, """{"hard":{"gold.storageclass.storage.k8s.io/requests.storage":"1Gi","requests.storage":"10Gi"}}""");

        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/persistentvolumeclaims",
            """{"metadata":{"name":"c"},"spec":{"storageClassName":"gold","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"}}}}""");

        Assert.Equal(
            "persistentvolumeclaims \"c\" is forbidden: exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=2Gi, used: gold.storageclass.storage.k8s.io/requests.storage=0, limited: gold.storageclass.storage.k8s.io/requests.storage=1Gi",
            refused.String("message"));
    }

    private static Task<JsonObject> QuotaAsync(TestServer server, string spec) =>
        server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/resourcequotas", $$"""{"metadata":{"name":"q"},"spec":{{spec}} }""");

    private static async Task<int> CodeAsync(TestServer server, string plural, string body) => (await server.SendAsync("POST", $"/api/v1/namespaces/a/{plural}", body)).Code;
}
