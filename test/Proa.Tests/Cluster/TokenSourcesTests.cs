using Proa.Cluster;

namespace Proa.Tests.Cluster;

public sealed class TokenSourcesTests
{
    [Fact]
    public void Of_NoSettings_AddsNone() => Assert.Empty(TokenSources.Of(new ApiSettings(), null, TimeProvider.System));

    [Fact]
    public void Of_AnIssuerWithAClient_AddsIt() => Assert.Single(TokenSources.Of(
        new ApiSettings { OidcIssuerUrl = "https://issuer.example", OidcClientId = "proa", OidcRequiredClaims = ["hd=example"] }, null, TimeProvider.System));

    [Theory]
    [InlineData("http://issuer.example", "proa", "hd=x")]
    [InlineData("https://issuer.example", null, "hd=x")]
    [InlineData("https://issuer.example", "proa", "hd")]
    public void Of_AnIssuerThatCannotBe_SaysWhy(string url, string? client, string required) => Assert.Throws<UserException>(() => TokenSources.Of(
        new ApiSettings { OidcIssuerUrl = url, OidcClientId = client, OidcRequiredClaims = [required] }, null, TimeProvider.System));

    [Fact]
    public void Of_AFileThatIsAbsent_SaysWhich()
    {
        var e = Assert.Throws<UserException>(() => TokenSources.Of(new ApiSettings { TokenAuthFile = "/nowhere/tokens.csv" }, null, TimeProvider.System));
        Assert.StartsWith("--token-auth-file: /nowhere/tokens.csv", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_PathWithoutPolicy_SaysThatItIsMissing() =>
        Assert.Throws<UserException>(() => AuditSetting.Of(new ApiSettings { AuditLogPath = "/nowhere/audit.log" }, TimeProvider.System));
}
