using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Certificates;
using Proa.Api.Models.Rbac;
using Proa.Client;
using Proa.Controllers.Certificates;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Certificates;

public sealed class CertificateTests
{
    private static readonly string[] s_clientUsages = ["digital signature", "client auth"];

    [Fact]
    public async Task Request_OfNodeWithTheRight_IsApprovedAndSigned()
    {
        using var authority = Authority();
        await using var cluster = await TestCluster.StartAsync(options => options with { SigningAuthority = authority });
        await GrantAsync(cluster);
        await CreateAsync(cluster, "node", NodeCertificates.NodeClientSigner, "O=system:nodes, CN=system:node:n9");
        var issued = await cluster.WaitAsync<CertificateSigningRequest>(null, "node", request => request.Status.Certificate is { Length: > 0 });
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(issued.Status.Certificate!));
        Assert.Equal(authority.Subject, certificate.Issuer);
        Assert.Contains("system:node:n9", certificate.Subject, StringComparison.Ordinal);
        Assert.Equal("AutoApproved", Assert.Single(issued.Status.Conditions).Reason);
    }

    [Fact]
    public async Task Request_ApprovedAgainstTheSignersRules_Fails()
    {
        using var authority = Authority();
        await using var cluster = await TestCluster.StartAsync(options => options with { SigningAuthority = authority });
        await CreateAsync(cluster, "bad", NodeCertificates.NodeServingSigner, "O=system:nodes, CN=system:node:n9");
        var pending = await cluster.Client.GetAsync<CertificateSigningRequest>(null, "bad", cluster.Ct);
        var approved = RequestConditions.With(pending.Value, "Approved", "Test", "");
        var written = await cluster.Client.UpdateAsync(
            ResourcePath.Of(CertificateSigningRequest.Resource, null, "bad", "approval"), Model.ToUtf8(approved), WriteOptions.Default, cluster.Ct);
        Assert.True(written.Ok, written.Error?.Message);
        var failed = await cluster.WaitAsync<CertificateSigningRequest>(null, "bad", request => request.Status.Conditions.Count == 2);
        Assert.Equal(("Failed", "DNS or IP subjectAltName is required"), (failed.Status.Conditions[1].Type, failed.Status.Conditions[1].Message));
        Assert.NotNull(failed.Status.Conditions[0].LastUpdateTime);
    }

    [Fact]
    public async Task Roles_WithALabel_AreAggregated()
    {
        await using var cluster = await TestCluster.StartAsync();
        var rule = new PolicyRule { ApiGroups = ["x.io"], Resources = ["things"], Verbs = ["get"] };
        await cluster.Client.CreateAsync(new ClusterRole
        {
            Metadata = new() { Name = "things", Labels = new Dictionary<string, string> { ["rbac.authorization.k8s.io/aggregate-to-view"] = "true" } },
            Rules = [rule],
        }, cluster.Ct);
        await cluster.WaitAsync<ClusterRole>(null, "view", role => role.Rules.Contains(rule));
        await cluster.WaitAsync<ClusterRole>(null, "admin", role => role.Rules.Contains(rule));
        await cluster.Client.DeleteAsync<ClusterRole>(null, "things", DeleteRequest.Default, cluster.Ct);
        await cluster.WaitAsync<ClusterRole>(null, "view", role => !role.Rules.Contains(rule));
    }

    [Theory]
    [InlineData("", 24)]
    [InlineData("Denied", 1)]
    [InlineData("Failed", 1)]
    [InlineData("Approved", 24)]
    public void End_OfARequest_ComesAfterItsTime(string condition, int hours)
    {
        var request = new CertificateSigningRequest { Metadata = new() { CreationTimestamp = Make.Start } };
        if (condition.Length > 0)
        {
            request = request with { Status = new() { Conditions = [new() { Type = condition, Status = "True", LastUpdateTime = Make.Start }] } };
        }
        Assert.Equal(Make.Start.AddHours(hours), RequestCleaner.End(request));
    }

    private static async Task GrantAsync(TestCluster cluster)
    {
        var binding = new ClusterRoleBinding
        {
            Metadata = new() { Name = "nodes" },
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "system:certificates.k8s.io:certificatesigningrequests:nodeclient" },
            Subjects = [new() { Kind = "User", ApiGroup = "rbac.authorization.k8s.io", Name = "test" }, new() { Kind = "Group", ApiGroup = "rbac.authorization.k8s.io", Name = "system:masters" }],
        };
        var made = await cluster.Client.CreateAsync(binding, cluster.Ct);
        Assert.True(made.Ok, made.Error?.Message);
    }

    private static async Task CreateAsync(TestCluster cluster, string name, string signer, string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var usages = signer == NodeCertificates.NodeServingSigner ? ["digital signature", "server auth"] : s_clientUsages;
        var made = await cluster.Client.CreateAsync(new CertificateSigningRequest
        {
            Metadata = new() { Name = name },
            Spec = new() { Request = Encoding.ASCII.GetBytes(pem), SignerName = signer, Usages = usages },
        }, cluster.Ct);
        Assert.True(made.Ok, made.Error?.Message);
        Assert.NotEmpty(made.Value.Spec.Username!);
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-10), now.AddDays(1));
    }
}
