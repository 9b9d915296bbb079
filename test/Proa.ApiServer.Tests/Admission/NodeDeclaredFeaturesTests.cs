namespace Proa.ApiServer.Tests.Admission;

public sealed class NodeDeclaredFeaturesTests
{
    [Theory]
    [InlineData("[]", """{"initContainers":[{"name":"i","resources":{"requests":{"cpu":"2m"}}}]}""", "InPlacePodVerticalScalingInitContainers")]
    [InlineData("""["InPlacePodVerticalScalingInitContainers"]""", """{"initContainers":[{"name":"i","resources":{"requests":{"cpu":"2m"}}}]}""", null)]
    [InlineData("[]", """{"containers":[{"name":"c","resources":{"requests":{"cpu":"2m"}}}]}""", null)]
    public async Task Resize_ThatNeedsAFeatureOfTheNode_IsRefusedWithoutIt(string declared, string change, string? missing)
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/nodes", $$"""{"metadata":{"name":"n"},"status":{"declaredFeatures":{{declared}},"allocatable":{"cpu":"4","memory":"4Gi"},"capacity":{"cpu":"4","memory":"4Gi"} } }""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """
            {"metadata":{"name":"p"},"spec":{"nodeName":"n","automountServiceAccountToken":false,
            "initContainers":[{"name":"i","image":"i","resources":{"requests":{"cpu":"1m"}}}],"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1m"}}}]}}
            """);
        var answer = await server.ExpectAsync(
            missing is null ? 200 : 403, "PATCH", "/api/v1/namespaces/a/pods/p/resize", $$"""{"spec":{{change}} }""", "application/strategic-merge-patch+json");
        if (missing is not null)
        {
            Assert.Equal($"pods \"p\" is forbidden: pod update requires features {missing} which are not available on node \"n\"", answer.String("message"));
        }
    }
}
