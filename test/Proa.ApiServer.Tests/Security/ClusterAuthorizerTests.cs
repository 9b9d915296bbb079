using System.Net;
using System.Text;
using Proa.ApiServer.Bootstrap;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.Store;

namespace Proa.ApiServer.Tests.Security;

public sealed class ClusterAuthorizerTests : IAsyncLifetime
{
    private static readonly UserInfo s_jane = new("jane", ["devs", "system:authenticated"]);
    private static readonly UserInfo s_node = new("system:node:n1", ["system:nodes", "system:authenticated"]);
    private readonly ObjectStore _store = ObjectStore.InMemory(TimeProvider.System);

    public async ValueTask InitializeAsync() =>
        await new Bootstrapper(new(IPAddress.Parse("10.96.0.1"), IPAddress.Loopback, 6443, "x"), _store, Index, TimeProvider.System)
            .EnsureAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData("get", "configmaps", "c", "ns", true)]
    [InlineData("get", "configmaps", "d", "ns", false)]
    [InlineData("get", "configmaps", "c", "other", false)]
    [InlineData("list", "configmaps", "", "ns", false)]
    [InlineData("get", "secrets", "c", "ns", false)]
    public async Task Rbac_RoleWithName_CoversThatAlone(string verb, string resource, string name, string ns, bool allowed)
    {
        await WriteAsync("roles.rbac.authorization.k8s.io", "ns", "r",
            """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["c"],"verbs":["get"]}]}""");
        await BindAsync("""{"kind":"User","name":"jane"}""");
        Assert.Equal(allowed, Ask(s_jane, verb, resource, ns, name));
    }

    [Theory]
    [InlineData("""{"kind":"Group","name":"devs"}""", true)]
    [InlineData("""{"kind":"User","name":"devs"}""", false)]
    public async Task Rbac_Subject_MatchesItsKind(string subject, bool allowed)
    {
        await WriteAsync("roles.rbac.authorization.k8s.io", "ns", "r",
            """{"metadata":{"name":"r"},"rules":[{"apiGroups":["*"],"resources":["*/scale"],"verbs":["*"]}]}""");
        await BindAsync(subject);
        Assert.Equal(allowed, Ask(s_jane, "update", "deployments", "ns", "d", "apps", "scale"));
        Assert.False(Ask(s_jane, "update", "deployments", "ns", "d", "apps"));
    }

    [Fact]
    public async Task Rbac_ChangesOfTheStore_AreFollowed()
    {
        var cache = new RbacCache(_store);
        var authorizer = new ClusterAuthorizer(cache, _store);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = cache.RunAsync(stop.Token);
        Assert.False(Ask(authorizer, s_jane, Request("delete", "pods", "ns", "p")));
        await WriteAsync("clusterrolebindings.rbac.authorization.k8s.io", "", "b",
            """{"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[{"kind":"User","name":"jane"}]}""");
        await UntilAsync(() => Ask(authorizer, s_jane, Request("delete", "pods", "ns", "p")));
        await DeleteAsync("clusterrolebindings.rbac.authorization.k8s.io", "", "b");
        await UntilAsync(() => !Ask(authorizer, s_jane, Request("delete", "pods", "ns", "p")));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Node_SecretOfItsPods_Alone()
    {
        await WriteAsync("pods", "ns", "p",
            """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","serviceAccountName":"sa","volumes":[{"secret":{"secretName":"mine"}}],"containers":[{"envFrom":[{"configMapRef":{"name":"cm"}}]}]}}""");
        await WriteAsync("pods", "ns", "q",
            """{"metadata":{"name":"q"},"spec":{"nodeName":"n2","volumes":[{"secret":{"secretName":"others"}}]}}""");
        Assert.True(Ask(s_node, "get", "secrets", "ns", "mine"));
        Assert.True(Ask(s_node, "get", "configmaps", "ns", "cm"));
        Assert.True(Ask(s_node, "create", "serviceaccounts", "ns", "sa", "", "token"));
        Assert.False(Ask(s_node, "get", "secrets", "ns", "others"));
        Assert.False(Ask(s_node, "get", "secrets", "ns2", "mine"));
        Assert.False(Ask(s_node, "list", "secrets", "ns", ""));
        Assert.False(Ask(s_node, "create", "serviceaccounts", "ns", "default", "", "token"));
        Assert.True(Ask(s_node, "patch", "pods", "ns", "p", "", "status"));
        Assert.True(Ask(s_node, "get", "pods", "ns", "p"));
        Assert.False(Ask(s_node, "get", "pods", "ns", "q"));
    }

    [Theory]
    [InlineData("patch", "nodes", "", "n1", "", "status", true)]
    [InlineData("get", "nodes", "", "n2", "", "", false)]
    [InlineData("list", "nodes", "", "", "", "", false)]
    [InlineData("create", "nodes", "", "", "", "", true)]
    [InlineData("update", "leases", "kube-node-lease", "n1", "coordination.k8s.io", "", true)]
    [InlineData("update", "leases", "kube-node-lease", "n2", "coordination.k8s.io", "", false)]
    [InlineData("update", "leases", "default", "n1", "coordination.k8s.io", "", false)]
    [InlineData("list", "pods", "", "", "", "", false)]
    [InlineData("list", "leases", "kube-node-lease", "", "coordination.k8s.io", "", false)]
    [InlineData("list", "services", "", "", "", "", true)]
    [InlineData("create", "events", "ns", "", "", "", true)]
    [InlineData("delete", "deployments", "ns", "d", "apps", "", false)]
    public void Node_OwnThings(string verb, string resource, string ns, string name, string group, string subresource, bool allowed) =>
        Assert.Equal(allowed, Ask(s_node, verb, resource, ns, name, group, subresource));

    [Theory]
    [InlineData("spec.nodeName=n1", true)]
    [InlineData("status.phase=Running,spec.nodeName=n1", true)]
    [InlineData("spec.nodeName=n2", false)]
    [InlineData("spec.nodeName!=n1", false)]
    public void Node_ListOfPods_MustSelectItsOwn(string selector, bool allowed) => Assert.Equal(allowed, Ask(
        new ClusterAuthorizer(new RbacCache(_store), _store), s_node, Request("list", "pods", "", "", "", "") with { FieldSelector = selector }));

    [Fact]
    public void Anonymous_OnlyPublicPaths()
    {
        Assert.True(Ask(new(new(_store), _store), UserInfo.Anonymous, new("get", "/healthz")));
        Assert.True(Ask(new(new(_store), _store), UserInfo.Anonymous, new("get", "/version")));
        Assert.False(Ask(new(new(_store), _store), UserInfo.Anonymous, new("get", "/metrics")));
        Assert.False(Ask(UserInfo.Anonymous, "list", "pods", "", ""));
    }

    [Fact]
    public async Task Review_Allowed_NamesTheBinding()
    {
        var decision = await new ClusterAuthorizer(new(_store), _store).ReviewAsync(s_jane, new("get", "/api"), CancellationToken.None);
        Assert.Equal("RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" to Group \"system:authenticated\"", decision.Reason);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private bool Ask(UserInfo user, string verb, string resource, string ns, string name, string group = "", string subresource = "") =>
        Ask(new ClusterAuthorizer(new RbacCache(_store), _store), user, Request(verb, resource, ns, name, group, subresource));

    private static bool Ask(ClusterAuthorizer authorizer, UserInfo user, RequestInfo request) =>
        authorizer.AuthorizeAsync(user, request, TestContext.Current.CancellationToken).Result.Allowed;

    private static RequestInfo Request(string verb, string resource, string ns, string name, string group = "", string subresource = "") =>
        new(verb, "") { IsResource = true, Group = group, Version = "v1", Resource = resource, Subresource = subresource, Namespace = ns, Name = name };

    private Task BindAsync(string subject) => WriteAsync("rolebindings.rbac.authorization.k8s.io", "ns", "b",
        $$"""{"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"r"},"subjects":[{{subject}}]}""");

    private async Task WriteAsync(string resource, string ns, string name, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        await _store.WriteAsync(
            new() { Key = new(resource, ns, name), Kind = WriteKind.Create, Json = bytes, RevisionOffset = "{\"metadata\":{".Length, Index = Index(resource, bytes) },
            TestContext.Current.CancellationToken);
    }

    private async Task DeleteAsync(string resource, string ns, string name) =>
        await _store.WriteAsync(new() { Key = new(resource, ns, name), Kind = WriteKind.Delete }, TestContext.Current.CancellationToken);

    private static ObjectIndex Index(string resource, ReadOnlySpan<byte> json) => resource == "pods"
        ? new() { Fields = [new("spec.nodeName", json.IndexOf("\"n1\""u8) >= 0 ? "n1" : "n2")] }
        : ObjectIndex.Empty;
}
