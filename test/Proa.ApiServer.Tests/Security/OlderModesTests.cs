using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Configuration;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Tests.Pki;
using Proa.ApiServer.Tests.Webhooks;
using Proa.Client.Http;
using Proa.Store;

namespace Proa.ApiServer.Tests.Security;

/// <summary>Policy files, lists of modes, and servers that know whose a token is.</summary>
public sealed class OlderModesTests
{
    private const string Policies = """
        # Who may do what
        {"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"alice","namespace":"*","resource":"*","apiGroup":"*"}}
        {"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"group":"readers","namespace":"ns","resource":"pods","readonly":true}}
        {"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"*","nonResourcePath":"/open/*"}}

        {"user":"old","namespace":"legacy","resource":"secrets"}
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alice", "", "delete", "deployments", "any", true)]
    [InlineData("alice", "", "get", "/metrics", "", false)]
    [InlineData("bob", "readers", "list", "pods", "ns", true)]
    [InlineData("bob", "readers", "create", "pods", "ns", false)]
    [InlineData("bob", "readers", "list", "pods", "other", false)]
    [InlineData("bob", "system:authenticated", "get", "/open/door", "", true)]
    [InlineData("bob", "system:unauthenticated", "get", "/open/door", "", false)]
    [InlineData("old", "", "update", "secrets", "legacy", true)]
    [InlineData("old", "", "get", "pods", "legacy", false)]
    public async Task Abac_Policies_AllowWhatTheyName(string user, string group, string verb, string what, string ns, bool allowed)
    {
        await using var store = ObjectStore.InMemory(TimeProvider.System);
        var authorizer = new ClusterAuthorizer(new RbacCache(store), store);
        authorizer.Replace(AuthorizationModes.Read(["Node,ABAC"], AbacPolicies.Read(Policies)), TimeProvider.System);
        var request = what[0] == '/' ? new RequestInfo(verb, what) : new RequestInfo(verb, "") { IsResource = true, Resource = what, Namespace = ns };
        var decision = await authorizer.AuthorizeAsync(new UserInfo(user, [group]), request, Ct);
        Assert.Equal((allowed, allowed ? "" : "No policy matched."), (decision.Allowed, decision.Reason));
    }

    [Theory]
    [InlineData("Node,Magic", "\"Magic\" is not a valid mode")]
    [InlineData("Node,Node", "\"Node\" is named twice")]
    [InlineData("ABAC", "the mode ABAC needs --authorization-policy-file")]
    public void Modes_Wrong_AreToldApart(string modes, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => AuthorizationModes.Read([modes], null)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Configuration_ThatChanges_IsTakenOverAndABrokenOneIsNot()
    {
        await using var store = ObjectStore.InMemory(TimeProvider.System);
        var authorizer = new ClusterAuthorizer(new RbacCache(store), store);
        using var folder = new TemporaryDirectory();
        var path = Path.Combine(folder.Path, "authorization.yaml");
        var first = Of("AlwaysDeny");
        await File.WriteAllTextAsync(path, first, Ct);
        authorizer.Replace(AuthorizationFile.Read(first), TimeProvider.System);
        var metrics = new ReloadMetrics("authorization", "test", TimeProvider.System);
        using var seen = new System.Collections.Concurrent.BlockingCollection<string>();
        var followed = new FollowedFile(path, first, text =>
        {
            try
            {
                authorizer.Replace(AuthorizationFile.Read(text), TimeProvider.System);
            }
            finally
            {
                seen.Add(text, Ct);
            }
        }, metrics, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = followed.RunAsync(stop.Token);
        Assert.False(await AllowsAsync());
        await ReplaceAsync("kind: None");
        Assert.False(await AllowsAsync());
        await ReplaceAsync(Of("AlwaysAllow"));
        Assert.True(await AllowsAsync());
        await stop.CancelAsync();
        await running;

        static string Of(string type) => $"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers: [{{type: {type}, name: a}}]";

        async Task<bool> AllowsAsync() => (await authorizer.AuthorizeAsync(new UserInfo("bob", []), new RequestInfo("get", "/x"), Ct)).Allowed;

        async Task ReplaceAsync(string content)
        {
            await File.WriteAllTextAsync(path + ".new", content, Ct);
            File.Move(path + ".new", path, overwrite: true);
            Assert.Equal(content, await Task.Run(() => seen.Take(Ct), Ct));
        }
    }

    [Fact]
    public void Policies_Broken_NameTheLine() => Assert.StartsWith(
        "line 2: ", Assert.Throws<FormatException>(() => AbacPolicies.Read("# first\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task TokenWebhook_KnownToken_IsItsUserAndRemembered()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Answer("""{"authenticated":true,"user":{"username":"jane","uid":"7","groups":["devs"],"extra":{"a":["b"]}}}"""));
        using var setup = new Setup(hooks);
        var found = await setup.Tokens.FindAsync("secret", [], Ct);
        Assert.Equal(("jane", "7"), (found.User!.Name, found.User.Uid));
        Assert.Equal(["devs", "system:authenticated"], found.User.Groups);
        Assert.Equal(["b"], found.User.Extra["a"]);
        Assert.NotNull((await setup.Tokens.FindAsync("secret", [], Ct)).User);
        var (_, review) = Assert.Single(hooks.Seen);
        Assert.Equal("authentication.k8s.io/v1", review.String("apiVersion"));
        Assert.Equal("""{"token":"secret","audiences":["https://kubernetes.default.svc"]}""", review["spec"]!.ToString());
    }

    [Theory]
    [InlineData("""{"authenticated":true,"user":{"username":"jane"},"audiences":["other"]}""", true, "")]
    [InlineData("""{"authenticated":false,"error":"it is over"}""", false, "it is over")]
    [InlineData("""{"authenticated":false}""", false, "")]
    public async Task TokenWebhook_TokenOfNobodyHere_HasNoUser(string status, bool askedForOther, string error)
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Answer(status));
        using var setup = new Setup(hooks);
        var found = await setup.Tokens.FindAsync("secret", [], Ct);
        Assert.Equal((null, error), (found.User, found.Error));
        Assert.Equal(askedForOther, (await setup.Tokens.FindAsync("secret", ["other"], Ct)).User is not null);
    }

    [Fact]
    public async Task TokenWebhook_ThatFails_IsAnErrorAndAskedAgain()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Task.FromResult((404, "")));
        using var setup = new Setup(hooks);
        Assert.EndsWith("the server answered 404", (await setup.Tokens.FindAsync("secret", [], Ct)).Error, StringComparison.Ordinal);
        hooks.Answer("/", _ => Answer("""{"authenticated":true,"user":{"username":"jane"}}"""));
        Assert.Equal("jane", (await setup.Tokens.FindAsync("secret", [], Ct)).User?.Name);
    }

    private static Task<(int, string)> Answer(string status) =>
        Task.FromResult((200, $$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","status":{{status}} }"""));

    private sealed class Setup : IDisposable
    {
        private readonly TemporaryDirectory _folder = new();

        public Setup(HookServer hooks)
        {
            var file = Path.Combine(_folder.Path, "kubeconfig");
            File.WriteAllText(file, $$"""
                {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"} }],
                "clusters":[{"name":"k","cluster":{"server":"https://127.0.0.1:{{hooks.Port}}/","certificate-authority-data":"{{hooks.CaBundle}}"} }]}
                """);
            Tokens = new(KubeConfig.Load(file), "v1", TimeSpan.FromMinutes(2), TimeProvider.System);
        }

        public WebhookTokens Tokens { get; }

        public void Dispose()
        {
            Tokens.Dispose();
            _folder.Dispose();
        }
    }
}
