namespace Proa.ApiServer.Tests.Admission;

public sealed class PodSecurityTests
{
    [Fact]
    public async Task Update_StricterLabels_WarnsOfExistingPods()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"o"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}}""");

        using var response = await server.Http.PatchAsync("/api/v1/namespaces/a", Merge("""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}"""), TestContext.Current.CancellationToken);

        Assert.Equal(
            ["299 - \"existing pods in namespace \\\"a\\\" violate the new PodSecurity enforce level \\\"baseline:latest\\\"\"", "299 - \"o (and 1 other pod): host namespaces\""],
            response.Headers.GetValues("Warning"));
    }

    [Fact]
    public async Task Create_WorkloadWhosePodsAreForbidden_Warns()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        (await server.Http.PatchAsync("/api/v1/namespaces/a", Merge("""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}"""), TestContext.Current.CancellationToken)).Dispose();

        using var body = new StringContent(
            """{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"hostPID":true,"containers":[{"name":"c","image":"i"}]}}}}""",
            System.Text.Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync("/apis/apps/v1/namespaces/a/deployments", body, TestContext.Current.CancellationToken);

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(["299 - \"would violate PodSecurity \\\"baseline:latest\\\": host namespaces (hostPID=true)\""], response.Headers.GetValues("Warning"));
    }

    [Fact]
    public async Task Create_UnreadableLabels_Refused()
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.ExpectAsync(422, "POST", "/api/v1/namespaces", """{"metadata":{"name":"a","labels":{"pod-security.kubernetes.io/enforce":"strict"}}}""");

        Assert.Equal(
            "Namespace \"a\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted",
            answer.String("message"));
    }

    private static StringContent Merge(string body) => new(body, System.Text.Encoding.UTF8, "application/merge-patch+json");
}
