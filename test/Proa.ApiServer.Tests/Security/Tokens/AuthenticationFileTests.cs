using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Configuration;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security.Authentication.OpenId;
using Proa.ApiServer.Tests.Pki;

namespace Proa.ApiServer.Tests.Security.Tokens;

/// <summary>AuthenticationConfigurations: what their expressions make of tokens, what is wrong with them, and taking a new one over.</summary>
public sealed class AuthenticationFileTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Expressions_OfClaims_MakeTheUser()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        using var tokens = Tokens(issuer, """
              claimValidationRules:
              - {expression: "claims.hd == 'example'", message: wrong domain}
              claimMappings:
                username: {expression: "claims.?preferred.orValue(claims.sub) + ':' + string(claims.level)"}
                groups: {expression: "claims.roles.split(',') + ['all']"}
                uid: {expression: "claims.sub"}
                extra:
                - {key: example.com/tier, valueExpression: "claims.nested.tier"}
                - {key: example.com/none, valueExpression: "''"}
              userValidationRules:
              - {expression: "!user.username.startsWith('system:')", message: reserved}
              - {expression: "user.groups.all(g, g != 'root') && user.uid != ''", message: no root}
            """);
        const string Good = ""","hd":"example","level":3,"roles":"dev,ops","nested":{"tier":["a","","b"]},"jti":"7" """;

        var user = (await tokens.FindAsync(issuer.Token("jane", "app", TimeSpan.FromHours(1), Good), [], Ct)).User!;

        Assert.Equal(("jane:3", "jane"), (user.Name, user.Uid));
        Assert.Equal(["dev", "ops", "all", "system:authenticated"], user.Groups);
        Assert.Equal(["a", "b"], user.Extra["example.com/tier"]);
        Assert.False(user.Extra.ContainsKey("example.com/none"));
        await RefusedAsync(Good.Replace("example\"", "other\"", StringComparison.Ordinal),
            "oidc: error evaluating claim validation expression: validation expression 'claims.hd == 'example'' failed: wrong domain");
        await RefusedAsync(Good + ""","preferred":"system:admin" """,
            "oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith('system:')' failed: reserved");
        await RefusedAsync(Good.Replace("dev,ops", "root", StringComparison.Ordinal),
            "oidc: error evaluating user info validation rule: validation expression 'user.groups.all(g, g != 'root') && user.uid != ''' failed: no root");
        await RefusedAsync(""","hd":"example" """, "oidc: error evaluating username claim expression: expression 'claims.?preferred.orValue(claims.sub) + ':' + string(claims.level)' resulted in error: no such key: level");
        await RefusedAsync(Good.Replace("\"dev,ops\"", "7", StringComparison.Ordinal),
            "oidc: error evaluating group claim expression: expression 'claims.roles.split(',') + ['all']' resulted in error: no such overload");

        async Task RefusedAsync(string claims, string error)
        {
            var found = await tokens.FindAsync(issuer.Token("jane", "app", TimeSpan.FromHours(1), claims), [], Ct);
            Assert.Null(found.User);
            Assert.StartsWith(error, found.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Issuers_Several_AreTakenByTheirNames()
    {
        await using var one = await LocalIssuer.StartAsync();
        await using var two = await LocalIssuer.StartAsync();
        using var tokens = new ReloadedIssuers(AuthenticationFile.Read(
            Head + Issuer(one) + "  claimMappings: {username: {claim: sub, prefix: '1:'}}\n" + Issuer(two) + "  claimMappings: {username: {claim: sub, prefix: '2:'}}\n"), TimeProvider.System);
        Assert.Equal("1:jane", (await tokens.FindAsync(one.Token("jane", "app", TimeSpan.FromHours(1)), [], Ct)).User?.Name);
        Assert.Equal("2:jane", (await tokens.FindAsync(two.Token("jane", "app", TimeSpan.FromHours(1)), [], Ct)).User?.Name);
    }

    [Theory]
    [InlineData("issuer: {url: https://x}", "jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required")]
    [InlineData("issuer: {url: 'http://u:p@x?q#f', audiences: [a]}", "jwt[0].issuer.url: Invalid value: \"http://u:p@x?q#f\": URL scheme must be https")]
    [InlineData("issuer: {url: https://x, discoveryURL: https://x/, audiences: [a]}", "jwt[0].issuer.discoveryURL: Invalid value: \"https://x/\": discoveryURL must be different from URL")]
    [InlineData("issuer: {url: https://x, audiences: [a, b]}", "jwt[0].issuer.audienceMatchPolicy: Invalid value: \"\": audienceMatchPolicy must be MatchAny for multiple audiences")]
    [InlineData("issuer: {url: https://x, audiences: [a], egressSelectorType: far}", "jwt[0].issuer.egressSelectorType: Invalid value: \"far\": egress selector must be either controlplane or cluster")]
    [InlineData("issuer: {url: https://kubernetes.default.svc, audiences: [a]}", "URL must not overlap with disallowed issuers: [https://kubernetes.default.svc]")]
    [InlineData("claimMappings: {username: {claim: a}}", "jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing")]
    [InlineData("claimMappings: {username: {claim: a, expression: b}}", "jwt[0].claimMappings.username: Invalid value: \"\": claim and expression can't both be set")]
    [InlineData("claimMappings: {username: {expression: claim.sub}}", "jwt[0].claimMappings.username.expression: Invalid value: \"claim.sub\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'claim' (in container '')")]
    [InlineData("claimMappings: {username: {expression: claims.email}}", "claims.email_verified must be used in claimMappings.username.expression or")]
    [InlineData("claimMappings: {username: {claim: a, prefix: ''}, extra: [{key: k8s.io/A, valueExpression: ''}]}", "jwt[0].claimMappings.extra[0].key: Invalid value: \"k8s.io/A\": must be lowercase")]
    [InlineData("claimValidationRules: [{expression: \"'a'\"}]", "jwt[0].claimValidationRules[0].expression: Invalid value: \"'a'\": must evaluate to bool")]
    [InlineData("claimValidationRules: [{claim: a, requiredValue: b, message: c}]", "jwt[0].claimValidationRules[0].message: Invalid value: \"c\": may not be specified when claim is set")]
    [InlineData("userValidationRules: [{expression: user.name == ''}]", "jwt[0].userValidationRules[0].expression: Invalid value: \"user.name == ''\": compilation failed: ERROR: <input>:1:5: undefined field 'name'")]
    [InlineData("claims: {}", "unknown field \"jwt[0].claims\"")]
    public void Configuration_Broken_IsToldByItsField(string jwt, string message)
    {
        var e = Assert.Throws<FormatException>(() => AuthenticationFile.Read($"{Head}- {jwt}\n"));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claims.email + string(claims.email_verified)")]
    [InlineData("claims.?email_verified.orValue(false) ? claims.email : claims.sub")]
    [InlineData("has(claims.email_verified) ? claims.email : claims.sub")]
    public void Email_WithItsVerificationLookedAt_IsTaken(string expression) => Assert.Single(AuthenticationFile.Read(
        $"{Head}- issuer: {{url: 'https://x', audiences: [a]}}\n  claimMappings: {{username: {{expression: \"{expression}\"}}}}\n").Issuers);

    [Fact]
    public void Anonymous_WithConditions_IsThatAlone()
    {
        var anonymous = AuthenticationFile.Read(Head.Replace("jwt:", "anonymous: {enabled: true, conditions: [{path: /livez}]}", StringComparison.Ordinal)).Anonymous!;
        Assert.True(anonymous.Allows(new("get", "/livez")));
        Assert.False(anonymous.Allows(new("get", "/version")));
        Assert.False(anonymous.Allows(new("list", "/livez") { IsResource = true, Resource = "pods" }));
    }

    [Fact]
    public async Task File_ThatChanges_IsTakenOverAndABrokenOneIsNot()
    {
        using var folder = new TemporaryDirectory();
        var path = Path.Combine(folder.Path, "authentication.yaml");
        var (first, second) = (Of("a:"), Of("b:"));
        await File.WriteAllTextAsync(path, first, Ct);
        using var tokens = new ReloadedIssuers(AuthenticationFile.Read(first), TimeProvider.System);
        var metrics = new ReloadMetrics("authentication", "test", TimeProvider.System);
        var applied = new System.Collections.Concurrent.BlockingCollection<string>();
        var followed = new FollowedFile(path, first, text =>
        {
            applied.Add(text, Ct);
            tokens.Replace(AuthenticationFile.Read(text));
        }, metrics, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = followed.RunAsync(stop.Token);

        Replace("kind: None");
        Assert.Equal("kind: None", await Task.Run(() => applied.Take(Ct), Ct));
        Replace(second);
        Assert.Equal(second, await Task.Run(() => applied.Take(Ct), Ct));
        Replace(first.Replace("jwt:", "anonymous: {enabled: false}\njwt:", StringComparison.Ordinal));
        await Task.Run(() => applied.Take(Ct), Ct);
        await stop.CancelAsync();
        await running;

        var text = new MetricsText();
        metrics.WriteTo(text);
        Assert.Contains("apiserver_authentication_config_controller_automatic_reloads_total{apiserver_id_hash=\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\",status=\"failure\"} 2", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("status=\"success\"} 1", text.ToString(), StringComparison.Ordinal);

        void Replace(string content)
        {
            File.WriteAllText(path + ".new", content);
            File.Move(path + ".new", path, overwrite: true);
        }

        static string Of(string prefix) => $"{Head}- issuer: {{url: 'https://x', audiences: [a]}}\n  claimMappings: {{username: {{claim: sub, prefix: '{prefix}'}}}}\n";
    }

    private const string Head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n";

    private static string Issuer(LocalIssuer issuer) =>
        $"- issuer:\n    url: {issuer.Url}\n    audiences: [app]\n    certificateAuthority: |\n      {issuer.AuthorityPem.Trim().Replace("\n", "\n      ", StringComparison.Ordinal)}\n";

    private static ReloadedIssuers Tokens(LocalIssuer issuer, string more) =>
        new(AuthenticationFile.Read(Head + Issuer(issuer) + more), TimeProvider.System);
}
