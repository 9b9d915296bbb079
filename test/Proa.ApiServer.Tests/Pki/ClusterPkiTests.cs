using System.Net;
using System.Security.Cryptography.X509Certificates;
using Proa.ApiServer.Pki;

namespace Proa.ApiServer.Tests.Pki;

public sealed class ClusterPkiTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void LoadOrCreate_EmptyDirectory_MakesPrivateFiles()
    {
        using var pki = Load();
        var files = Directory.GetFiles(_directory.Path);
        Assert.Equal(12, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void LoadOrCreate_SecondTime_KeepsAll()
    {
        using var first = Load();
        using var second = Load();
        Assert.Equal(first.Authority.CertificatePem, second.Authority.CertificatePem);
        Assert.Equal(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.Equal(first.Admin.Thumbprint, second.Admin.Thumbprint);
        Assert.Equal(first.SigningKey.ExportSubjectPublicKeyInfo(), second.SigningKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(first.AdminToken, second.AdminToken);
        Assert.Equal(first.AdminToken, ClusterPki.ReadAdminToken(_directory.Path));
    }

    [Fact]
    public void LoadOrCreate_NewAddress_RenewsOnlyTheServersCertificate()
    {
        using var first = Load();
        using var second = Load(addresses: [IPAddress.Parse("10.96.0.1")]);
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.Equal(first.Admin.Thumbprint, second.Admin.Thumbprint);
        Assert.True(second.Server.MatchesHostname("10.96.0.1"));
        Assert.True(second.Server.MatchesHostname("kubernetes.default.svc.cluster.local"));
        Assert.False(first.Server.MatchesHostname("10.96.0.1"));
    }

    [Fact]
    public void LoadOrCreate_NearExpiry_RenewsLeavesAndKeepsAuthority()
    {
        using var first = Load();
        using var second = Load(clock: new ShiftedClock(TimeSpan.FromDays(320)));
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.NotEqual(first.Admin.Thumbprint, second.Admin.Thumbprint);
        Assert.Equal(first.Authority.CertificatePem, second.Authority.CertificatePem);
    }

    [Fact]
    public void LoadOrCreate_BrokenFile_SaysWhich()
    {
        Load().Dispose();
        var path = Path.Combine(_directory.Path, "ca.crt");
        File.WriteAllText(path, "garbage");
        var e = Assert.Throws<PkiException>(() => Load());
        Assert.Equal(path, e.Path);
    }

    [Fact]
    public void TrustsClient_OnlyOwnClientCertificates()
    {
        using var pki = Load();
        using var other = CertificateAuthority.Create(TimeProvider.System);
        using var foreign = other.IssueClient("admin", ["system:masters"], TimeSpan.FromDays(1));
        Assert.True(pki.Authority.TrustsClient(pki.Admin));
        Assert.False(pki.Authority.TrustsClient(foreign));
        Assert.False(pki.Authority.TrustsClient(pki.Server));
    }

    [Fact]
    public void Kubeconfig_EmbedsTheAdministratorsCertificate()
    {
        using var pki = Load();
        var path = Path.Combine(_directory.Path, "kubeconfig");
        KubeconfigWriter.Write(path, pki, "https://127.0.0.1:6443");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var line = File.ReadAllLines(path).Single(l => l.Contains("client-certificate-data"));
        var pem = Convert.FromBase64String(line.Split(": ")[1]);
        using var certificate = X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(pem));
        Assert.Equal(pki.Admin.Thumbprint, certificate.Thumbprint);
        Assert.Equal("O=system:masters, CN=admin", certificate.Subject);
    }

    private ClusterPki Load(IReadOnlyList<IPAddress>? addresses = null, TimeProvider? clock = null) =>
        ClusterPki.LoadOrCreate(new(_directory.Path, ["node-1"], addresses ?? []), clock ?? TimeProvider.System);

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
