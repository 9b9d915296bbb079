using System.Net;

namespace Proa.ApiServer.Tests.Security;

/// <summary>What counts as credentials, and what those are told who show none or wrong ones.</summary>
public sealed class CredentialsTests : IAsyncLifetime
{
    private AccessClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await AccessClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Theory]
    [InlineData("Basic YWxpY2U6eA==", HttpStatusCode.OK)]
    [InlineData("Bearer", HttpStatusCode.OK)]
    [InlineData("Bearer  bob-token", HttpStatusCode.OK)]
    [InlineData("bearer bob-token", HttpStatusCode.OK)]
    [InlineData("Bearer bob-token and more", HttpStatusCode.OK)]
    [InlineData("Bearer nobody", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer a.b.c", HttpStatusCode.Unauthorized)]
    public async Task Header_ThatShowsNoToken_IsAnonymous(string authorization, HttpStatusCode code)
    {
        using var answer = await _client.RawAsync(authorization, "GET", "/version");
        Assert.Equal(code, answer.StatusCode);
        Assert.Equal(authorization.Contains("  ", StringComparison.Ordinal), answer.Headers.Contains("Warning"));
    }

    [Fact]
    public async Task Token_OfNodeWithoutName_SaysThatNobodyKnowsTheNode()
    {
        var (code, answer) = await _client.SendAsync("no-token", "GET", "/api/v1/nodes");
        Assert.Equal(
            (403, "nodes is forbidden: User \"system:node:\" cannot list resource \"nodes\" in API group \"\" at the cluster scope: unknown node for user \"system:node:\""),
            (code, answer.String("message")));
        (code, answer) = await _client.SendAsync("no-token", "POST", AccessClient.Authentication + "/selfsubjectreviews", "{}");
        Assert.Equal(
            (403, "selfsubjectreviews.authentication.k8s.io \"Unknown\" is forbidden: could not determine node from user \"system:node:\""),
            (code, answer.String("message")));
    }

    [Fact]
    public async Task Review_OfTokenThatSaysNothingOfAudiences_IsGoodForTheServerAlone()
    {
        var (_, other) = await _client.SendAsync(null, "POST", AccessClient.Authentication + "/tokenreviews", """{"spec":{"token":"bob-token","audiences":["foo"]}}""");
        Assert.Equal("""{"user":{},"error":"invalid bearer token"}""", other["status"]!.ToString());
        var (_, ours) = await _client.SendAsync(null, "POST", AccessClient.Authentication + "/tokenreviews", """{"spec":{"token":"bob-token","audiences":["foo","https://kubernetes.default.svc"]}}""");
        Assert.Equal("""["https://kubernetes.default.svc"]""", ours.Object("status")!["audiences"]!.ToString());
    }
}
