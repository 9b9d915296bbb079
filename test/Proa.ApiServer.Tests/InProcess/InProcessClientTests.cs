using System.Text;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.Client;

namespace Proa.ApiServer.Tests.InProcess;

public sealed class InProcessClientTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Volumes stayed as they were made while a name in the selector did not count as one.</summary>
    [Fact]
    public async Task Watch_OfANodeForAnObjectThatItsPodUses_TellsOfIt_AndOfNoOther()
    {
        await using var server = await TestServer.StartAsync(
            options => options with { Authorizer = new ClusterAuthorizer(new RbacCache(options.Store), options.Store) });
        await CreateAsync(server, "namespaces", null, """{"metadata":{"name":"a"}}""");
        await CreateAsync(server, "serviceaccounts", "a", """{"metadata":{"name":"default"}}""");
        await CreateAsync(server, "configmaps", "a", """{"metadata":{"name":"used"}}""");
        await CreateAsync(server, "pods", "a",
            """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","configMap":{"name":"used"}}]}}""");
        var node = server.Server.ClientFor(new UserInfo("system:node:n1", ["system:nodes"]), "kubelet");

        Assert.Equal(WatchKind.Added, await FirstAsync(node, "used"));
        Assert.Equal(WatchKind.Error, await FirstAsync(node, "other"));
    }

    private static async Task CreateAsync(TestServer server, string resource, string? ns, string json)
    {
        var made = await server.Client.CreateAsync(new("", "v1", resource, ns), Encoding.UTF8.GetBytes(json), WriteOptions.Default, Ct);
        Assert.True(made.Ok, made.Error?.Message);
    }

    private static async Task<WatchKind> FirstAsync(IClusterClient client, string name)
    {
        await foreach (var item in client.WatchAsync(new("", "v1", "configmaps", "a"), new WatchOptions(FieldSelector: $"metadata.name={name}"), Ct))
        {
            return item.Kind;
        }
        throw new InvalidOperationException("the watch ended");
    }
}
