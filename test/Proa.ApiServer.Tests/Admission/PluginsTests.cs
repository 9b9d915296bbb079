using System.Text;
using Proa.ApiServer.Security;
using Proa.Client;

namespace Proa.ApiServer.Tests.Admission;

/// <summary>The smaller steps of the chain, through the API.</summary>
public sealed class PluginsTests
{
    private const string Pod = """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"metadata":{"name":"n1"},"spec":{"taints":[]}}""", "n2", "nodes \"n1\" is forbidden: node \"n2\" is not allowed to modify node \"n1\"")]
    [InlineData("""{"metadata":{"name":"n1","labels":{"kubernetes.io/os":"linux","node-role.kubernetes.io/control-plane":""}}}""", "n1",
        "nodes \"n1\" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane")]
    [InlineData("""{"metadata":{"name":"n1"},"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}""", "n1", "nodes \"n1\" is forbidden: node \"n1\" is not allowed to modify taints")]
    public async Task NodeRestriction_NodeChangesWhatIsNotItsOwn_Refused(string body, string node, string message)
    {
        await using var server = await TestServer.StartAsync();
        await server.ExpectAsync(201, "POST", "/api/v1/nodes", """{"metadata":{"name":"n1"}}""");
        var client = server.Server.ClientFor(new UserInfo("system:node:" + node, ["system:nodes"]), "kubelet");

        var answer = await client.PatchAsync(new("", "v1", "nodes", null, "n1"), PatchKind.Merge, Encoding.UTF8.GetBytes(body), WriteOptions.Default, Ct);

        Assert.Equal(message, answer.Error!.Message);
    }

    [Fact]
    public async Task NodeRestriction_PodThatIsNoMirror_Refused()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        var client = server.Server.ClientFor(new UserInfo("system:node:n1", ["system:nodes"]), "kubelet");

        var answer = await client.CreateAsync(new("", "v1", "pods", "a"), Encoding.UTF8.GetBytes(Pod), WriteOptions.Default, Ct);

        Assert.Equal("pods \"p\" is forbidden: pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods", answer.Error!.Message);
    }

    [Fact]
    public async Task RuntimeClass_WithOverhead_BecomesPartOfThePod()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/apis/node.k8s.io/v1/runtimeclasses",
            """{"metadata":{"name":"r"},"handler":"h","overhead":{"podFixed":{"cpu":"1"}},"scheduling":{"nodeSelector":{"x":"y"}}}""");

        var pod = await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"p"},"spec":{"runtimeClassName":"r","containers":[{"name":"c","image":"i"}]}}""");
        var missing = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", """{"metadata":{"name":"q"},"spec":{"runtimeClassName":"s","containers":[{"name":"c","image":"i"}]}}""");

        Assert.Equal("1", pod.Object("spec")!.Object("overhead")!.String("cpu"));
        Assert.Equal("y", pod.Object("spec")!.Object("nodeSelector")!.String("x"));
        Assert.Equal("pods \"q\" is forbidden: pod rejected: RuntimeClass \"s\" not found", missing.String("message"));
    }

    [Fact]
    public async Task ServiceAccount_EnforcesMountableSecrets_RefusesOthers()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/serviceaccounts",
            """{"metadata":{"name":"s","annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}},"secrets":[{"name":"mine"}]}""");

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods",
            """{"metadata":{"name":"p"},"spec":{"serviceAccountName":"s","containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","secret":{"secretName":"theirs"}}]}}""");

        Assert.Equal("pods \"p\" is forbidden: volume with secret.secretName=\"theirs\" is not allowed because service account s does not reference that secret", answer.String("message"));
    }

    [Fact]
    public async Task ClaimResize_NotBound_Refused()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/persistentvolumeclaims",
            """{"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");

        var (code, answer) = await server.SendAsync("PATCH", "/api/v1/namespaces/a/persistentvolumeclaims/c",
            """{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}""", "application/merge-patch+json");

        Assert.True(code is 403 or 422, answer?.ToString());
    }

    [Fact]
    public async Task OwnerPermissions_WhoMayNotBlockTheOwner_Refused()
    {
        await using var server = await TestServer.StartAsync(options => options with { Authorizer = new AllButFinalizers() });
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces", """{"metadata":{"name":"a"}}""");

        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/configmaps",
            """{"metadata":{"name":"m","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"d","uid":"1","blockOwnerDeletion":true}]}}""");

        Assert.Equal(
            "configmaps \"m\" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>",
            answer.String("message"));
    }

    [Fact]
    public async Task Priority_SecondDefaultClass_Refused()
    {
        await using var server = await TestServer.StartAsync();
        await server.ExpectAsync(201, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"one"},"value":1,"globalDefault":true}""");

        var answer = await server.ExpectAsync(403, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"two"},"value":2,"globalDefault":true}""");

        Assert.Equal("priorityclasses.scheduling.k8s.io \"two\" is forbidden: PriorityClass one is already marked as default. Only one default can exist", answer.String("message"));
    }

    private sealed class AllButFinalizers : IAuthorizer
    {
        public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct) =>
            new(request.Subresource == "finalizers" ? Decision.NoOpinion : Decision.Allow);
    }
}
