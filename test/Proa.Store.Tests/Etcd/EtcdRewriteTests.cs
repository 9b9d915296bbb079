using System.Text;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
using Proa.Store.Etcd;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Etcd;

/// <summary>Values in etcd that are encrypted anew while two servers write.</summary>
[Collection(EtcdCollection.Name)]
public sealed class EtcdRewriteTests(EtcdCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rewrite_WhileTwoServersWrite_LeavesEveryValueUnderTheFirstKey()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        var (a, b) = (Encryption("old"), Encryption("old"));
        await using var first = await EtcdStores.OpenAsync(options with { Encryption = a });
        await using var second = await EtcdStores.OpenAsync(options with { Encryption = b });
        for (var i = 0; i < 150; i++)
        {
            await first.DoneAsync(Create($"s{i}", "hidden", resource: "secrets"));
        }
        var map = await first.DoneAsync(Create("m", "plain"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var last = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        var writers = new[] { first, second }.Select((store, w) => Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    var name = $"s{(i % 50) + (50 * w)}";
                    await store.DoneAsync(Replace(name, $"hidden {i}", resource: "secrets"));
                    last[name] = $"hidden {i}";
                }
            },
            Ct)).ToList();
        // The order of a roll-out: both read the new key, both write by it, and what was under way is over.
        foreach (var keys in new[] { new[] { "old", "new" }, ["new", "old"] })
        {
            a.Use(Configuration(keys));
            b.Use(Configuration(keys));
            await Task.WhenAll(first.SettledAsync(), second.SettledAsync());
        }
        Assert.True(await first.RewriteAsync(Ct) >= 50);
        Assert.Equal(0, await second.RewriteAsync(Ct));
        a.Use(Configuration("new"));
        b.Use(Configuration("new"));
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        await using var again = await EtcdStores.OpenAsync(options with { Encryption = Encryption("new") });
        Assert.Equal(150, again.List("secrets", null)!.Items.Count);
        Assert.All(again.List("secrets", null)!.Items, item => Assert.Equal(last.GetValueOrDefault(item.Key.Name, "hidden"), Value(item)));
        Assert.Equal(map.Revision, again.Get(map.Key)!.Revision);
    }

    [Fact]
    public async Task Reload_AfterAKeyCameLate_ReadsWhatCouldNotBeRead()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        var late = Encryption("old");
        await using var first = await EtcdStores.OpenAsync(options with { Encryption = Encryption("new", "old") });
        await using var second = await EtcdStores.OpenAsync(options with { Encryption = late });
        using var watch = second.Watch("secrets", null, second.Revision)!;
        await first.DoneAsync(Create("s", "hidden", resource: "secrets"));
        Assert.Null(await second.ReadBarrierAsync(Ct));
        Assert.Null(second.Get(new ObjectKey("secrets", "default", "s")));
        late.Use(Configuration("old", "new"));
        second.Reload();
        // Watches end, since they were not told of it.
        await watch.Changes.Completion.WaitAsync(Ct);
        Assert.True(watch.Overrun);
        Assert.Equal("hidden", Value(second.Get(new ObjectKey("secrets", "default", "s"))!));
        await first.DoneAsync(Replace("s", "more", resource: "secrets"));
        Assert.Null(await second.ReadBarrierAsync(Ct));
        Assert.Equal("more", Value(second.Get(new ObjectKey("secrets", "default", "s"))!));
    }

    private static StoreEncryption Encryption(params string[] keys) => StoreEncryption.FromConfiguration("encryption.yaml", Configuration(keys), "/nonexistent/encryption-key");

    private static EncryptionConfiguration Configuration(params string[] keys) => EncryptionConfiguration.Read(
        $$"""
        kind: EncryptionConfiguration
        apiVersion: apiserver.config.k8s.io/v1
        resources:
        - resources: [secrets]
          providers:
          - aesgcm: {keys: [{{string.Join(", ", keys.Select(key => $"{{name: {key}, secret: {Convert.ToBase64String(Encoding.UTF8.GetBytes(key.PadRight(32, '.')))}}}"))}}]}
        """,
        TimeProvider.System);
}
