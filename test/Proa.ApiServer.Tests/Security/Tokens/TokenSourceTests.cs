using System.Text;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Authentication.OpenId;
using Proa.Store;

namespace Proa.ApiServer.Tests.Security.Tokens;

public sealed class TokenSourceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenId_TokenOfTheIssuer_NamesUserAndGroups()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        using var tokens = new OpenIdTokens(
            new(issuer.Url, ["app"]) { GroupsClaim = "groups", GroupsPrefix = "oidc:", AuthorityPem = issuer.AuthorityPem }, TimeProvider.System);
        var found = await tokens.FindAsync(issuer.Token("jane", "app", TimeSpan.FromHours(1), ""","groups":["devs"]"""), [], Ct);
        Assert.Equal($"{issuer.Url}#jane", found.User?.Name);
        Assert.Equal(["oidc:devs", "system:authenticated"], found.User!.Groups);
        await tokens.FindAsync(issuer.Token("joe", "app", TimeSpan.FromHours(1)), [], Ct);
        Assert.Equal(1, issuer.Fetches);
    }

    [Theory]
    [InlineData("other", 1, "k1", "oidc: verify token: oidc: expected audience in [\"app\"] got [\"other\"]")]
    [InlineData("app", -1, "k1", "oidc: verify token: oidc: token is expired")]
    [InlineData("app", 1, "k2", "oidc: verify token: failed to verify signature: failed to verify id token signature")]
    public async Task OpenId_TokenThatIsNotGood_IsRefused(string audience, int hours, string key, string error)
    {
        await using var issuer = await LocalIssuer.StartAsync();
        using var tokens = new OpenIdTokens(new(issuer.Url, ["app"]) { AuthorityPem = issuer.AuthorityPem }, TimeProvider.System);
        var found = await tokens.FindAsync(issuer.Token("jane", audience, TimeSpan.FromHours(hours), key: key), [], Ct);
        Assert.Null(found.User);
        Assert.Equal(error, found.Error);
    }

    [Fact]
    public async Task OpenId_ForgedClaims_AreRefused()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        using var tokens = new OpenIdTokens(new(issuer.Url, ["app"]) { AuthorityPem = issuer.AuthorityPem }, TimeProvider.System);
        var (good, other) = (issuer.Token("jane", "app", TimeSpan.FromHours(1)).Split('.'), issuer.Token("root", "app", TimeSpan.FromHours(1)).Split('.'));
        Assert.Null((await tokens.FindAsync($"{good[0]}.{other[1]}.{good[2]}", [], Ct)).User);
    }

    [Fact]
    public void AuthenticationFile_WithAnIssuer_IsRead()
    {
        var issuer = Assert.Single(AuthenticationFile.Read("""
            apiVersion: apiserver.config.k8s.io/v1
            kind: AuthenticationConfiguration
            jwt:
            - issuer:
                url: https://issuer.example
                audiences: [a, b]
                audienceMatchPolicy: MatchAny
              claimValidationRules:
              - claim: hd
                requiredValue: example
              claimMappings:
                username: {claim: email, prefix: ""}
                groups: {claim: roles, prefix: "x:"}
            """).Issuers);
        Assert.Equal(("https://issuer.example", "email", "", "roles", "x:"),
            (issuer.Issuer, issuer.UsernameClaim, issuer.EffectiveUsernamePrefix, issuer.GroupsClaim, issuer.GroupsPrefix));
        Assert.Equal("example", issuer.RequiredClaims["hd"]);
    }

    [Fact]
    public async Task StaticTokens_Line_NamesUserUidAndGroups()
    {
        var tokens = new StaticTokens(["t1,jane,7,\"devs,ops\"", ""]);
        var user = (await tokens.FindAsync("t1", [], Ct)).User!;
        Assert.Equal(("jane", "7"), (user.Name, user.Uid));
        Assert.Equal(["devs", "ops", "system:authenticated"], user.Groups);
        Assert.Null((await tokens.FindAsync("t2", [], Ct)).User);
        Assert.Throws<FormatException>(() => new StaticTokens(["t1,jane"]));
    }

    [Theory]
    [InlineData("2999-01-01T00:00:00Z", "true", true)]
    [InlineData("2001-01-01T00:00:00Z", "true", false)]
    [InlineData("soon", "true", false)]
    [InlineData("2999-01-01T00:00:00Z", "false", false)]
    public async Task BootstrapToken_OfASecret_Authenticates(string end, string usage, bool good)
    {
        await using var store = ObjectStore.InMemory(TimeProvider.System);
        var json = Encoding.UTF8.GetBytes($$"""
            {"kind":"Secret","metadata":{"name":"bootstrap-token-abcdef","namespace":"kube-system"},"type":"bootstrap.kubernetes.io/token","data":{
            "token-id":"{{Encode("abcdef")}}","token-secret":"{{Encode("0123456789abcdef")}}","expiration":"{{Encode(end)}}",
            "usage-bootstrap-authentication":"{{Encode(usage)}}","auth-extra-groups":"{{Encode("system:bootstrappers:nodes")}}"} }
            """);
        await store.WriteAsync(new()
        {
            Key = new("secrets", "kube-system", "bootstrap-token-abcdef"),
            Kind = WriteKind.Create,
            Json = json,
            RevisionOffset = json.AsSpan().IndexOf("\"name\""u8),
        }, Ct);
        var user = (await new BootstrapTokens(store, TimeProvider.System).FindAsync("abcdef.0123456789abcdef", [], Ct)).User;
        Assert.Equal(good ? "system:bootstrap:abcdef" : null, user?.Name);
        Assert.True(!good || user!.Groups.SequenceEqual(["system:bootstrappers", "system:bootstrappers:nodes", "system:authenticated"]));
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
