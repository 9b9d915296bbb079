using Proa.Api.Models.Core;
using Proa.Client;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>The key that opens Secrets is changed while two servers use it.</summary>
public sealed class SharedKeysTests
{
    [Fact]
    public async Task Rotate_WithTwoServers_BothReadAndWriteUnderANewKeyAndANewOneJoins()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var ct = TestContext.Current.CancellationToken;
        await using var servers = await Servers.StartAsync(2);
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await servers.Client(i % 2).CreateAsync(Hidden($"s{i}"), ct)).Ok);
        }
        var old = Key(servers[0]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var made = 0;
        var writers = Enumerable.Range(0, 2).Select(w => Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    Assert.True((await servers.Client(w).CreateAsync(Hidden($"w{w}-{i}"), ct)).Ok);
                    Interlocked.Increment(ref made);
                }
            },
            ct)).ToList();
        var rotated = await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", servers[1].DataDir);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        var key = Key(servers[0]);

        Assert.Matches("encrypted [1-9][0-9]* objects anew", rotated.Must());
        Assert.Equal(32, key.Length);
        Assert.NotEqual(old, key);
        Assert.Equal(key, Key(servers[1]));
        // Loaded anew by one server, and by one that only has the cluster's key.
        await servers[0].KillAsync();
        await servers[0].UpAsync();
        await using var third = await TestCluster.StartServerAsync(
            servers.Endpoints, "127.0.0.9", servers.Port, "--cluster-key", Path.Combine(servers[1].DataDir, "pki", "cluster-key"));
        foreach (var kubectl in new[] { servers[0].Kubectl, servers[1].Kubectl, third.Kubectl })
        {
            var values = (await kubectl.MustAsync("get", "secrets", "-l", "hidden", "-o", "jsonpath={.items[*].data.a}")).Split(' ');
            Assert.Equal(20 + made, values.Length);
            Assert.Equal(Convert.ToBase64String("hidden-text"u8), Assert.Single(values.Distinct()));
        }
        Assert.Equal(key, Key(third));
        // And again, with three of which one is silent: it is waited for until it counts as dead.
        await third.KillAsync();
        Assert.Matches("encrypted [1-9][0-9]* objects anew", (await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", servers[0].DataDir)).Must());
        await third.UpAsync();
        Assert.Equal(Key(servers[1]), Key(third));
        Assert.NotEqual(key, Key(third));
    }

    private static byte[] Key(TestCluster server) => File.ReadAllBytes(Path.Combine(server.DataDir, "state", "pki", "encryption-key"));

    private static Secret Hidden(string name) => new()
    {
        Metadata = new() { Namespace = "default", Name = name, Labels = new Dictionary<string, string> { ["hidden"] = "yes" } },
        StringData = new Dictionary<string, string> { ["a"] = "hidden-text" },
    };
}
