using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.ApiServer.Tests.Admission;

public sealed class SigningRequestTests : IAsyncLifetime
{
    private const string Path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Create_ForTheOldSigner_IsRefused()
    {
        var answer = await _server.ExpectAsync(422, "POST", Path, Request("kubernetes.io/legacy-unknown"));
        Assert.Equal(
            "CertificateSigningRequest.certificates.k8s.io \"r\" is invalid: spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName is not allowed via this API version",
            answer.String("message"));
    }

    [Theory]
    [InlineData("nothing", "must contain at least one CERTIFICATE PEM block")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x509: malformed certificate")]
    [InlineData("-----BEGIN FOO-----\nAAAA\n-----END FOO-----\n", "only CERTIFICATE PEM blocks are allowed, found \"FOO\"")]
    public async Task Sign_WithWhatIsNoCertificate_IsRefused(string certificate, string problem)
    {
        await _server.ExpectAsync(201, "POST", Path, Request("example.com/signer"));
        var answer = await _server.ExpectAsync(422, "PATCH", $"{Path}/r/status", $$$"""{"status":{"certificate":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate))}}}"} }""", "application/merge-patch+json");
        Assert.Equal(
            $"CertificateSigningRequest.certificates.k8s.io \"r\" is invalid: status.certificate: Invalid value: \"<certificate data>\": {problem}", answer.String("message"));
    }

    [Fact]
    public async Task Delete_SystemPriorityClass_IsRefused()
    {
        await _server.ExpectAsync(201, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"system-node-critical"},"value":2000001000}""");
        var answer = await _server.ExpectAsync(403, "DELETE", "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical");
        Assert.Equal("priorityclasses.scheduling.k8s.io \"system-node-critical\" is forbidden: this is a system priority class and cannot be deleted", answer.String("message"));
    }

    private static string Request(string signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        return $$$"""{"metadata":{"name":"r"},"spec":{"signerName":"{{{signer}}}","usages":["client auth"],"request":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem))}}}"} }""";
    }
}
