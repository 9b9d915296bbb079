using System.Security.Cryptography;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>Servers that all find an empty etcd, at the same moment.</summary>
public sealed class FirstServersTests : IAsyncLifetime
{
    private readonly EtcdCluster _etcd = new();

    private string Endpoints => string.Join(',', _etcd.Endpoints.Select(endpoint => endpoint.GetLeftPart(UriPartial.Authority)));

    public ValueTask InitializeAsync() => _etcd.InitializeAsync();

    public ValueTask DisposeAsync() => _etcd.DisposeAsync();

    [Fact]
    public async Task StartedTogetherWithOneKey_AreOneCluster()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), TestContext.Current.CancellationToken);
        var port = TestCluster.FreePort();
        var servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => TestCluster.StartServerAsync(Endpoints, $"127.0.0.{6 + i}", port, "--cluster-key", key)));
        try
        {
            await servers[0].Kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden");
            var token = (await servers[1].Kubectl.MustAsync("create", "token", "default")).Trim();
            for (var i = 0; i < servers.Length; i++)
            {
                Assert.Equal(Convert.ToBase64String("hidden"u8), await servers[i].Kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}"));
                // Each one's certificate is that of the one authority, and each knows the others' tokens.
                Assert.Equal("system:serviceaccount:default:default", await servers[i].Kubectl.MustAsync(
                    "--kubeconfig=/dev/null", "--server", $"https://127.0.0.{6 + i}:{port}", "--certificate-authority", Path.Combine(servers[0].DataDir, "pki", "ca.crt"),
                    "--token", token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"));
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
            File.Delete(key);
        }
    }

    [Fact]
    public async Task StartedTogetherWithoutAKey_OneFounds_AndTheOtherSaysWhatItLacks()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var port = TestCluster.FreePort();
        var starts = Enumerable.Range(0, 2).Select(i => TestCluster.StartServerAsync(Endpoints, $"127.0.0.{10 + i}", port)).ToList();
        await Task.WhenAny(Task.WhenAll(starts), Task.WhenAll(starts.Select(static start => start.ContinueWith(static _ => { }, TaskScheduler.Default))));
        var founder = Assert.Single(starts, static start => start.IsCompletedSuccessfully);
        var other = Assert.Single(starts, static start => start.IsFaulted);
        await using var server = await founder;
        Assert.Contains("--cluster-key", other.Exception!.ToString());
        await server.Kubectl.MustAsync("create", "configmap", "a");
    }
}
