namespace Proa.ApiServer.Tests.Admission;

public sealed class LimitRangesTests
{
    [Theory]
    [InlineData("""{"type":"Container","min":{"cpu":"1"},"max":{"memory":"1Gi"}}""", """{"requests":{"cpu":"500m"},"limits":{"memory":"2Gi"}}""",
        "[minimum cpu usage per Container is 1, but request is 500m, maximum memory usage per Container is 1Gi, but limit is 2Gi]")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"100m"},"limits":{"cpu":"300m"}}""",
        "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000")]
    [InlineData("""{"type":"Pod","max":{"cpu":"1"}}""", """{"requests":{"cpu":"1"},"limits":{"cpu":"2"}}""", "maximum cpu usage per Pod is 1, but limit is 2")]
    public async Task Create_PodPastTheBounds_RefusedInTheOriginalsWords(string limit, string resources, string message)
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/limitranges", $$"""{"metadata":{"name":"l"},"spec":{"limits":[{{limit}}]} }""");

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods",
            $$"""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{{resources}} }]} }""");

        Assert.Equal($"pods \"p\" is forbidden: {message}", answer.String("message"));
    }

    [Fact]
    public async Task Create_PodThatLeavesOut_GetsDefaultsAndANote()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/limitranges",
            """{"metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","default":{"cpu":"1","memory":"1Gi"},"defaultRequest":{"cpu":"100m"}}]}}""");

        var pod = await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods",
            """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");

        Assert.Equal("""{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"100m","memory":"1Gi"}}""",
            Sorted(pod.Object("spec")!.Array("containers")![0]));
        Assert.Equal("LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c",
            pod.Object("metadata")!.Object("annotations")!.String("kubernetes.io/limit-ranger"));
    }

    [Fact]
    public async Task Create_ClaimTooLarge_Refused()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/limitranges",
            """{"metadata":{"name":"l"},"spec":{"limits":[{"type":"PersistentVolumeClaim","max":{"storage":"1Gi"}}]}}""");

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/persistentvolumeclaims",
            """{"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"}}}}""");

        Assert.Equal("persistentvolumeclaims \"c\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi", answer.String("message"));
    }

    private static string Sorted(Proa.Api.Json.JsonValue container)
    {
        var resources = ((Proa.Api.Json.JsonObject)container).Object("resources")!;
        var sorted = new Proa.Api.Json.JsonObject();
        foreach (var list in resources.Keys.Order(StringComparer.Ordinal))
        {
            var amounts = new Proa.Api.Json.JsonObject();
            foreach (var name in resources.Object(list)!.Keys.Order(StringComparer.Ordinal))
            {
                amounts[name] = resources.Object(list)![name];
            }
            sorted[list] = amounts;
        }
        return sorted.ToString();
    }
}
