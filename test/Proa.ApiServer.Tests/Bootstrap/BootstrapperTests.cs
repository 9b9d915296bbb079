using System.Net;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Bootstrap;
using Proa.Store;

namespace Proa.ApiServer.Tests.Bootstrap;

public sealed class BootstrapperTests : IAsyncDisposable
{
    private static readonly ObjectKey s_admin = new("clusterroles.rbac.authorization.k8s.io", "", "system:discovery");
    private readonly ObjectStore _store = ObjectStore.InMemory(TimeProvider.System);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Ensure_EmptyStore_MakesAllObjectsInStoredForm()
    {
        var written = await EnsureAsync();
        Assert.Equal(188, written);
        Assert.Equal("10.96.0.0/16", ((JsonString)Read(new("servicecidrs.networking.k8s.io", "", "kubernetes")).Object("spec")!.Array("cidrs")![0]).Value);
        var service = Read(new("services", "default", "kubernetes"));
        Assert.Equal("10.96.0.1", service.Object("spec")!.String("clusterIP"));
        Assert.Equal(6443, (service.Object("spec")!.Array("ports")![0] as JsonObject)!.Int("targetPort"));
        Assert.Equal(36, service.Object("metadata")!.String("uid")!.Length);
        foreach (var collection in (string[])["clusterroles.rbac.authorization.k8s.io", "flowschemas.flowcontrol.apiserver.k8s.io"])
        {
            Assert.All(_store.List(collection, null)!.Items, item =>
            {
                var text = Encoding.UTF8.GetString(item.Json.Span);
                Assert.StartsWith("{\"kind\":\"", text);
                Assert.Contains("\"metadata\":{\"resourceVersion\":\"", text);
                Assert.DoesNotContain("$", text);
            });
        }
    }

    [Fact]
    public async Task Ensure_SecondTime_WritesNothing()
    {
        await EnsureAsync();
        var revision = _store.Revision;
        Assert.Equal(0, await EnsureAsync());
        Assert.Equal(revision, _store.Revision);
    }

    [Fact]
    public async Task Ensure_RuleTakenAway_PutsItBackAndKeepsTheUsers()
    {
        await EnsureAsync();
        await ReplaceRulesAsync("""[{"apiGroups":["mine"],"resources":["*"],"verbs":["get"]}]""");
        Assert.Equal(1, await EnsureAsync());
        var rules = Read(s_admin).Array("rules")!;
        Assert.Equal(2, rules.Count);
        Assert.Equal("mine", ((JsonString)((JsonObject)rules[0]).Array("apiGroups")![0]).Value);
    }

    [Fact]
    public async Task Ensure_OtherApiAddress_MovesTheEndpoints()
    {
        await EnsureAsync();
        Assert.Equal(2, await EnsureAsync("10.244.0.9"));
        Assert.Contains("10.244.0.9", Read(new("endpointslices.discovery.k8s.io", "default", "kubernetes")).ToString());
    }

    private async Task ReplaceRulesAsync(string rules)
    {
        var role = Read(s_admin);
        role["rules"] = JsonTree.Parse(rules);
        role.Object("metadata")!.Remove("resourceVersion");
        var json = JsonTree.ToUtf8(role);
        var offset = Encoding.UTF8.GetString(json).IndexOf("\"metadata\":{", StringComparison.Ordinal) + "\"metadata\":{".Length;
        var result = await _store.WriteAsync(
            new() { Key = s_admin, Kind = WriteKind.Replace, Json = json, RevisionOffset = offset }, TestContext.Current.CancellationToken);
        Assert.Equal(WriteOutcome.Done, result.Outcome);
    }

    private JsonObject Read(ObjectKey key) => JsonTree.ParseObject(_store.Get(key)!.Json.Span);

    private Task<int> EnsureAsync(string address = "10.244.0.1") =>
        new Bootstrapper(
            new(IPAddress.Parse("10.96.0.1"), IPAddress.Parse(address), 6443, "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"),
            _store, (_, _) => ObjectIndex.Empty, TimeProvider.System).EnsureAsync(TestContext.Current.CancellationToken);
}
