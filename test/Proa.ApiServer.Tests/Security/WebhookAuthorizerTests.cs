using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Tests.Pki;
using Proa.ApiServer.Tests.Webhooks;
using Proa.Store;

namespace Proa.ApiServer.Tests.Security;

/// <summary>AuthorizationConfigurations, and the webhooks that they name.</summary>
public sealed class WebhookAuthorizerTests
{
    private static readonly UserInfo s_jane = new("jane", ["devs"]) { Uid = "7" };
    private static readonly RequestInfo s_request = new("list", "") { IsResource = true, Version = "v1", Resource = "pods", Namespace = "ns", FieldSelector = "spec.nodeName=n1" };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_Review_SaysWhoAndWhatAndIsRemembered()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Answer("""{"allowed":true,"reason":"as a developer"}"""));
        using var setup = new Setup(hooks);
        var authorizer = setup.Authorizer("");

        Assert.Equal(new Decision(true, "as a developer"), await authorizer.AuthorizeAsync(s_jane, s_request, Ct));
        Assert.True((await authorizer.AuthorizeAsync(s_jane, s_request, Ct)).Allowed);

        var (_, review) = Assert.Single(hooks.Seen);
        Assert.Equal("authorization.k8s.io/v1", review.String("apiVersion"));
        Assert.Equal(
            """{"user":"jane","groups":["devs"],"uid":"7","resourceAttributes":{"namespace":"ns","verb":"list","version":"v1","resource":"pods","fieldSelector":{"requirements":[{"key":"spec.nodeName","operator":"In","values":["n1"]}]}}}""",
            review.Object("spec")!.ToString());
    }

    [Fact]
    public async Task Ask_Denied_EndsTheChainAndOtherNosDoNot()
    {
        await using var hooks = await HookServer.StartAsync();
        var answer = """{"allowed":false,"denied":true,"reason":"no"}""";
        hooks.Answer("/", _ => Answer(answer));
        using var setup = new Setup(hooks);
        const string Then = "\n- {type: AlwaysAllow, name: all}";

        var denied = await setup.Authorizer("", Then).AuthorizeAsync(s_jane, s_request, Ct);
        Assert.Equal((false, true, "no"), (denied.Allowed, denied.Denied, denied.Reason));
        answer = """{"allowed":false,"reason":"perhaps"}""";
        Assert.True((await setup.Authorizer("", Then).AuthorizeAsync(s_jane, s_request, Ct)).Allowed);
        Assert.Equal("perhaps", (await setup.Authorizer("").AuthorizeAsync(s_jane, s_request, Ct)).Reason);
    }

    [Theory]
    [InlineData("NoOpinion", true)]
    [InlineData("Deny", false)]
    public async Task Ask_ThatFails_IsAsThePolicySays(string policy, bool allowed)
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Task.FromResult((404, "")));
        using var setup = new Setup(hooks);
        var decision = await setup.Authorizer($"failurePolicy: {policy}", "\n- {type: AlwaysAllow, name: all}").AuthorizeAsync(s_jane, s_request, Ct);
        Assert.Equal(allowed, decision.Allowed);
        Assert.Equal(!allowed, decision.Error is { Length: > 0 });
        Assert.Single(hooks.Seen);
    }

    [Fact]
    public async Task Conditions_ThatDoNotHold_LeaveItOut()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Answer("""{"allowed":true}"""));
        using var setup = new Setup(hooks);
        var authorizer = setup.Authorizer("""
            matchConditionSubjectAccessReviewVersion: v1
            matchConditions:
            - expression: has(request.resourceAttributes)
            - expression: request.resourceAttributes.namespace == 'ns' && 'devs' in request.groups
            """);
        Assert.True((await authorizer.AuthorizeAsync(s_jane, s_request, Ct)).Allowed);
        Assert.False((await authorizer.AuthorizeAsync(s_jane, s_request with { Namespace = "other" }, Ct)).Allowed);
        Assert.False((await authorizer.AuthorizeAsync(s_jane, new("get", "/metrics"), Ct)).Allowed);
        Assert.Single(hooks.Seen);
    }

    [Fact]
    public async Task Administrators_AreAllowedUnasked()
    {
        await using var hooks = await HookServer.StartAsync();
        using var setup = new Setup(hooks);
        Assert.True((await setup.Authorizer("").AuthorizeAsync(new("root", [UserInfo.AdministratorsGroup]), s_request, Ct)).Allowed);
        Assert.Empty(hooks.Seen);
    }

    [Theory]
    [InlineData("[]", "authorizers: Required value: at least one authorization mode must be defined")]
    [InlineData("[{type: Magic, name: m}]", "authorizers[0].type: Unsupported value: \"Magic\": supported values: \"AlwaysAllow\", \"AlwaysDeny\", \"Node\", \"RBAC\", \"Webhook\"")]
    [InlineData("[{type: RBAC, name: a}, {type: RBAC, name: b}]", "authorizers[1].type: Duplicate value: \"RBAC\"")]
    [InlineData("[{type: RBAC, name: a}, {type: Node, name: a}]", "authorizers[1].name: Duplicate value: \"a\"")]
    [InlineData("[{type: Webhook, name: w}]", "authorizers[0].webhook: Required value: required when type=Webhook")]
    [InlineData("[{type: Webhook, name: w, webhook: {timeout: 40s}}]", "authorizers[0].timeout: Invalid value: \"40s\": must be > 0s and <= 30s")]
    [InlineData("[{type: Webhook, name: w, webhook: {failurePolicy: Perhaps}}]", "authorizers[0].failurePolicy: Unsupported value: \"Perhaps\": supported values: \"NoOpinion\", \"Deny\"")]
    [InlineData("[{type: Webhook, name: w, webhook: {connectionInfo: {type: KubeConfigFile, kubeConfigFile: here}}}]", "authorizers[0].connectionInfo.kubeConfigFile: Invalid value: \"here\": must be an absolute path")]
    [InlineData("[{type: Webhook, name: w, webhook: {matchConditions: [{expression: request.user}]}}]", "authorizers[0].matchConditions[0].expression: Invalid value: \"request.user\": must evaluate to bool but got string")]
    public void Configuration_Broken_IsToldByItsField(string authorizers, string message)
    {
        var e = Assert.Throws<FormatException>(() => AuthorizationFile.Read($"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers: {authorizers}"));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private static Task<(int, string)> Answer(string status) =>
        Task.FromResult((200, $$"""{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","status":{{status}} }"""));

    private sealed class Setup : IDisposable
    {
        private readonly TemporaryDirectory _folder = new();
        private readonly IObjectStore _store = ObjectStore.InMemory(TimeProvider.System);
        private readonly string _kubeconfig;

        public Setup(HookServer hooks)
        {
            _kubeconfig = Path.Combine(_folder.Path, "kubeconfig");
            File.WriteAllText(_kubeconfig, $$"""
                {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"} }],
                "clusters":[{"name":"k","cluster":{"server":"https://127.0.0.1:{{hooks.Port}}/","certificate-authority-data":"{{hooks.CaBundle}}"} }]}
                """);
        }

        public ClusterAuthorizer Authorizer(string webhook, string then = "")
        {
            var more = string.Join("\n    ", webhook.Split('\n'));
            var failure = webhook.Contains("failurePolicy", StringComparison.Ordinal) ? "" : "failurePolicy: NoOpinion";
            var made = new ClusterAuthorizer(new RbacCache(_store), _store, new RequestMetrics());
            made.Replace(AuthorizationFile.Read($$"""
                apiVersion: apiserver.config.k8s.io/v1
                kind: AuthorizationConfiguration
                authorizers:
                - type: Webhook
                  name: hook
                  webhook:
                    timeout: 20s
                    subjectAccessReviewVersion: v1
                    {{failure}}
                    connectionInfo: {type: KubeConfigFile, kubeConfigFile: {{_kubeconfig}} }
                """ + "\n    " + more + then), TimeProvider.System);
            return made;
        }

        public void Dispose() => _folder.Dispose();
    }
}
