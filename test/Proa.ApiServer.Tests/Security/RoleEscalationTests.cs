using System.Net.Http.Headers;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Security;

public sealed class RoleEscalationTests : IAsyncLifetime
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private WholeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WholeServer.StartAsync();
        await SendAsync(null, "POST", "/api/v1/namespaces", """{"metadata":{"name":"ns"}}""");
        await SendAsync(null, "POST", $"{Rbac}/clusterroles", """
            {"metadata":{"name":"jane"},"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles","rolebindings","clusterroles"],"verbs":["create","update","get"]},
            {"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}
            """);
        await SendAsync(null, "POST", $"{Rbac}/clusterrolebindings", """
            {"metadata":{"name":"jane"},"roleRef":{"kind":"ClusterRole","name":"jane"},"subjects":[{"kind":"User","name":"jane"}]}
            """);
        await UntilAllowedAsync("create", "rbac.authorization.k8s.io", "roles");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Create_RoleWithMoreThanOwnRights_NamesWhatIsMissing()
    {
        var (code, answer) = await SendAsync("jane", "POST", $"{Rbac}/namespaces/ns/roles", """
            {"metadata":{"name":"r"},"rules":[{"apiGroups":["","apps"],"resources":["pods"],"verbs":["get","list","watch"]}]}
            """);
        Assert.Equal(403, code);
        Assert.Equal("""
            roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
            {APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}
            {APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list" "watch"]}
            """, answer.String("message"));
    }

    [Fact]
    public async Task Create_RoleWithinOwnRights_IsMade()
    {
        var (code, _) = await SendAsync("jane", "POST", $"{Rbac}/namespaces/ns/roles",
            """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"resourceNames":["p"],"verbs":["get"]}]}""");
        Assert.Equal(201, code);
    }

    [Fact]
    public async Task Create_BindingToStrongerRole_NeedsBind()
    {
        const string Binding = """{"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","name":"joe"}]}""";
        Assert.Equal(403, (await SendAsync("jane", "POST", $"{Rbac}/namespaces/ns/rolebindings", Binding)).Code);
        await SendAsync(null, "POST", $"{Rbac}/namespaces/ns/roles",
            """{"metadata":{"name":"binder"},"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"resourceNames":["view"],"verbs":["bind"]}]}""");
        await SendAsync(null, "POST", $"{Rbac}/namespaces/ns/rolebindings",
            """{"metadata":{"name":"binder"},"roleRef":{"kind":"Role","name":"binder"},"subjects":[{"kind":"User","name":"jane"}]}""");
        await UntilAllowedAsync("bind", "rbac.authorization.k8s.io", "clusterroles", "view");
        Assert.Equal(201, (await SendAsync("jane", "POST", $"{Rbac}/namespaces/ns/rolebindings", Binding)).Code);
    }

    [Fact]
    public async Task Create_BindingToAbsentRole_IsNotFound()
    {
        var (code, answer) = await SendAsync("jane", "POST", $"{Rbac}/namespaces/ns/rolebindings",
            """{"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"none"},"subjects":[]}""");
        Assert.Equal((404, "rolebindings.rbac.authorization.k8s.io \"none\" not found"), (code, answer.String("message")));
    }

    [Fact]
    public async Task Create_AggregatedRole_NeedsEverything()
    {
        var (code, answer) = await SendAsync("jane", "POST", $"{Rbac}/clusterroles",
            """{"metadata":{"name":"a"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"x":"y"}}]},"rules":[]}""");
        Assert.Equal(403, code);
        Assert.EndsWith("must have cluster-admin privileges to use the aggregationRule", answer.String("message"), StringComparison.Ordinal);
    }

    private async Task UntilAllowedAsync(string verb, string group, string resource, string name = "")
    {
        while (true)
        {
            var (_, review) = await SendAsync("jane", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                $$$"""{"spec":{"resourceAttributes":{"verb":"{{{verb}}}","group":"{{{group}}}","resource":"{{{resource}}}","name":"{{{name}}}","namespace":"ns"} } }""");
            if (review.Object("status")?.Bool("allowed") == true)
            {
                return;
            }
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<(int Code, JsonObject Answer)> SendAsync(string? user, string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _server.Token);
        if (user is not null)
        {
            request.Headers.Add("Impersonate-User", user);
        }
        using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
    }
}
