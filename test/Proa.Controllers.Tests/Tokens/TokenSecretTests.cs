using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Authentication;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Controllers.BootstrapTokens;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Tokens;

public sealed class TokenSecretTests
{
    [Fact]
    public async Task Secret_OfAnAccount_GetsATokenThatEndsWithIt()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("""
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"t","annotations":{"kubernetes.io/service-account.name":"default"}},"type":"kubernetes.io/service-account-token"}
            """);
        var secret = await cluster.WaitAsync<Secret>("default", "t", secret => secret.Data.ContainsKey("token"));
        Assert.Equal("default", Encoding.UTF8.GetString(secret.Data["namespace"]));
        var token = Encoding.UTF8.GetString(secret.Data["token"]);
        Assert.Equal("system:serviceaccount:default:default", (await ReviewAsync(cluster, token)).User?.Username);
        await cluster.Client.DeleteAsync<Secret>("default", "t", DeleteRequest.Default, cluster.Ct);
        Assert.NotEqual(true, (await ReviewAsync(cluster, token)).Authenticated);
    }

    [Fact]
    public async Task ClusterInfo_WithASigningToken_IsSigned()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cluster-info","namespace":"kube-public"},"data":{"kubeconfig":"content"}}""");
        await cluster.CreateAsync("""
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"bootstrap-token-abcdef","namespace":"kube-system"},"type":"bootstrap.kubernetes.io/token",
            "stringData":{"token-id":"abcdef","token-secret":"0123456789abcdef","usage-bootstrap-signing":"true"}}
            """);
        var map = await cluster.WaitAsync<ConfigMap>("kube-public", "cluster-info", map => map.Data.ContainsKey("jws-kubeconfig-abcdef"));
        Assert.Equal(BootstrapSignerController.Sign("content", "abcdef", "0123456789abcdef"), map.Data["jws-kubeconfig-abcdef"]);
    }

    private static async Task<TokenReviewStatus> ReviewAsync(TestCluster cluster, string token)
    {
        var review = new TokenReview { Spec = new() { Token = token } };
        var answer = await cluster.Client.CreateAsync(ResourcePath.Of(TokenReview.Resource), Model.ToUtf8(review), WriteOptions.Default, cluster.Ct);
        Assert.True(answer.Ok, answer.Error?.Message);
        return Model.Read<TokenReview>(answer.Value).Status;
    }
}
