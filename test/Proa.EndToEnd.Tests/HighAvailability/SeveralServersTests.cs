using System.Collections.Concurrent;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>Real servers on a real etcd of three members: what clients of one see of the others, and of their deaths.</summary>
public sealed class SeveralServersTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(4));
    private Servers _servers = null!;

    public async ValueTask InitializeAsync()
    {
        if (EtcdCluster.IsThere)
        {
            _servers = await Servers.StartAsync(2, "--service-range", "10.222.0.0/24", "--node-ports", "31900-31949");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _late.Dispose();
        await (_servers?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task Servers_AtWorkTogether_ActAsOne()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        await ReadsSeeWritesOfTheOtherAsync();
        await AWatchSeesWritesOfTheOtherOnceAndInOrderAsync();
        await ServicesOfBothShareNothingAsync();
        await AQuotaIsExactAsync();
        await ATokenOfOneIsGoodAtTheOtherAsync();
        await StatusTellsMembersAndLeaderAsync();
    }

    [Fact]
    public async Task Servers_OneKilled_TheOtherTakesOver()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var leader = await _servers.LeaderAsync(0);
        var other = 1 - leader;
        var kubectl = _servers[other].Kubectl;
        Assert.Equal("127.0.0.2 127.0.0.3", await AddressesAsync(kubectl));
        await kubectl.MustAsync("create", "deployment", "web", "--image=nothing", "--replicas=2");
        await PodsAsync(other, 2);

        await _servers[leader].KillAsync();
        // Reads and writes do not wait for a new leader.
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await _servers.Client(other).CreateAsync(Map($"after-{i}"), _late.Token)).Ok);
        }
        // What controllers do waits for the lease at most.
        await kubectl.MustAsync("scale", "deployment", "web", "--replicas=5");
        await PodsAsync(other, 5);
        Assert.Equal(other, await _servers.LeaderAsync(other));
        await Eventually.TrueAsync(kubectl, "default", async () => await AddressesAsync(kubectl) == $"127.0.0.{2 + other}", kind: "endpointslices");

        // It comes back as the second one, and clients of both see all of it.
        await _servers[leader].UpAsync();
        Assert.Equal("5", await _servers[leader].Kubectl.MustAsync("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"));
        await Eventually.TrueAsync(kubectl, "default", async () => await AddressesAsync(kubectl) == "127.0.0.2 127.0.0.3", kind: "endpointslices");
        Assert.Equal(other, await _servers.LeaderAsync(leader));

        // A clean stop hands over at once.
        await _servers[other].StopAsync();
        await _servers[leader].Kubectl.MustAsync("scale", "deployment", "web", "--replicas=6");
        await PodsAsync(leader, 6);
        Assert.Equal(leader, await _servers.LeaderAsync(leader));
        Assert.Equal($"127.0.0.{2 + leader}", await AddressesAsync(_servers[leader].Kubectl));
    }

    [Fact]
    public async Task EtcdMember_KilledUnderLoad_NoAcknowledgedWriteIsLost()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var acknowledged = new ConcurrentBag<string>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_late.Token);
        var writers = Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var name = $"w{writer}-{i}";
                try
                {
                    if ((await _servers.Client(writer % 2).CreateAsync(Map(name), _late.Token)).Ok)
                    {
                        acknowledged.Add(name);
                    }
                }
                catch (HttpRequestException)
                {
                    // Not acknowledged: it may be there or not.
                }
            }
        })).ToList();
        foreach (var member in _servers.Etcd.Members)
        {
            await AcknowledgedAsync(acknowledged, 100);
            await member.KillAsync();
            await AcknowledgedAsync(acknowledged, 100);
            member.Start();
            await member.Ready.WaitAsync(_late.Token);
        }
        await AcknowledgedAsync(acknowledged, 100);
        await enough.CancelAsync();
        await Task.WhenAll(writers);
        for (var i = 0; i < 2; i++)
        {
            var there = (await _servers.Client(i).ListAsync<ConfigMap>("default", ListOptions.All, _late.Token)).Value.Items.Select(map => map.Metadata.Name!).ToHashSet();
            Assert.Superset(acknowledged.ToHashSet(), there);
        }
    }

    [Fact]
    public async Task Joining_WithoutTheKeyOrWithAnother_IsRefusedWithWhatToDo()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var folder = Directory.CreateTempSubdirectory("proa-join-").FullName;
        var wrong = Path.Combine(folder, "wrong");
        await File.WriteAllTextAsync(wrong, new string('0', 64), _late.Token);
        string[] server = ["server", "--etcd", _servers.Endpoints, "--data-dir", Path.Combine(folder, "d"), "--bind", "127.0.0.9", "--api-port", $"{_servers.Port}"];
        var without = await TestCluster.ProaAsync(server);
        var another = await TestCluster.ProaAsync([.. server, "--cluster-key", wrong]);
        var ranges = await TestCluster.ProaAsync([.. server, "--cluster-key", Path.Combine(_servers[0].DataDir, "pki", "cluster-key"), "--service-range", "10.99.0.0/16"]);
        Directory.Delete(folder, recursive: true);

        Assert.Equal((1, 1, 1), (without.ExitCode, another.ExitCode, ranges.ExitCode));
        Assert.Contains("has no key to it", without.Stderr);
        Assert.Contains("--cluster-key", without.Stderr);
        Assert.Contains("is not the key of the cluster", another.Stderr);
        Assert.Contains("10.222.0.0/24", ranges.Stderr);
    }

    private async Task ReadsSeeWritesOfTheOtherAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            var (writer, reader) = (_servers.Client(i % 2), _servers.Client((i + 1) % 2));
            var made = (await writer.CreateAsync(Map($"r{i}"), _late.Token)).Value;
            var read = await reader.GetAsync<ConfigMap>("default", $"r{i}", _late.Token);
            Assert.Equal(made.Metadata.ResourceVersion, read.Value.Metadata.ResourceVersion);
            // The revision that one gave out is current at the other.
            Assert.True((await reader.UpdateAsync(made with { Data = new Dictionary<string, string> { ["a"] = "b" } }, _late.Token)).Ok);
            Assert.True((await writer.DeleteAsync<ConfigMap>("default", $"r{i}", DeleteRequest.Default, _late.Token)).Ok);
            Assert.True((await reader.GetAsync<ConfigMap>("default", $"r{i}", _late.Token)).IsNotFound);
        }
    }

    private async Task AWatchSeesWritesOfTheOtherOnceAndInOrderAsync()
    {
        var from = (await _servers.Client(0).ListAsync<ConfigMap>("default", ListOptions.All, _late.Token)).Value.ResourceVersion;
        var seen = Task.Run(async () =>
        {
            var names = new List<string>();
            await foreach (var (kind, map) in _servers.Client(0).WatchAsync<ConfigMap>("default", new WatchOptions(from), _late.Token))
            {
                names.Add($"{kind} {map.Metadata.Name}");
                if (names.Count == 50)
                {
                    break;
                }
            }
            return names;
        });
        for (var i = 0; i < 50; i++)
        {
            await _servers.Client(1).CreateAsync(Map($"seen-{i}"), _late.Token);
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"Added seen-{i}"), await seen);
    }

    private async Task ServicesOfBothShareNothingAsync()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => _servers.Client(i % 2).CreateAsync(
            new Service { Metadata = new() { Namespace = "default", Name = $"s{i}" }, Spec = new() { Type = "NodePort", Ports = [new() { Port = 80 }] } }, _late.Token)));
        var services = made.Where(answer => answer.Ok).Select(answer => answer.Value).ToList();
        Assert.Equal(50, services.Count);
        Assert.Equal(50, services.Select(service => service.Spec.ClusterIP).Distinct().Count());
        Assert.Equal(50, services.Select(service => service.Spec.Ports[0].NodePort).Distinct().Count());
    }

    private async Task AQuotaIsExactAsync()
    {
        await _servers.Client(0).CreateAsync(new Namespace { Metadata = new() { Name = "q" } }, _late.Token);
        await _servers.Client(0).CreateAsync(
            new ResourceQuota { Metadata = new() { Namespace = "q", Name = "q" }, Spec = new() { Hard = new Dictionary<string, Quantity> { ["count/secrets"] = Quantity.Parse("25") } } }, _late.Token);
        var made = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => _servers.Client(i % 2).CreateAsync(new Secret { Metadata = new() { Namespace = "q", Name = $"c{i}" } }, _late.Token)));
        Assert.Equal(25, made.Count(answer => answer.Ok));
        Assert.All(made.Where(answer => !answer.Ok), answer => Assert.Contains("exceeded quota", answer.Error!.Message));
    }

    private async Task ATokenOfOneIsGoodAtTheOtherAsync()
    {
        var token = (await _servers[0].Kubectl.MustAsync("create", "token", "default")).Trim();
        var who = await _servers[1].Kubectl.MustAsync(
            "--kubeconfig=/dev/null", "--server", $"https://127.0.0.3:{_servers.Port}", "--certificate-authority", Path.Combine(_servers[1].DataDir, "pki", "ca.crt"),
            "--token", token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
        Assert.Equal("system:serviceaccount:default:default", who);
        // And a Secret that one encrypted is read by the other.
        await _servers[0].Kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden");
        Assert.Equal(Convert.ToBase64String("hidden"u8), await _servers[1].Kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}"));
    }

    private async Task StatusTellsMembersAndLeaderAsync()
    {
        var leader = await _servers.LeaderAsync(0);
        var status = (await TestCluster.ProaAsync("status", "--data-dir", _servers[leader].DataDir)).Must();
        Assert.All(_servers.Etcd.Endpoints, endpoint => Assert.Contains(endpoint.GetLeftPart(UriPartial.Authority), status));
        Assert.Contains(" leads", status);
        Assert.Matches("kube-controller-manager .* \\(this server\\)", status);
    }

    /// <summary>Waits for so many more.</summary>
    private async Task AcknowledgedAsync(ConcurrentBag<string> acknowledged, int more)
    {
        var enough = acknowledged.Count + more;
        while (acknowledged.Count < enough)
        {
            _late.Token.ThrowIfCancellationRequested();
            // A write of its own paces the look, and fails as the others do while a member is gone.
            try
            {
                await _servers.Client(0).GetAsync<ConfigMap>("default", "none", _late.Token);
            }
            catch (HttpRequestException)
            {
                // As above.
            }
        }
    }

    private Task PodsAsync(int server, int count) => Eventually.TrueAsync(_servers[server].Kubectl, "default",
        async () => (await _servers.Client(server).ListAsync<Pod>("default", ListOptions.All, _late.Token)).Value.Items.Count == count);

    private static async Task<string> AddressesAsync(Kubectl kubectl) =>
        await kubectl.MustAsync("get", "endpointslice", "kubernetes", "-o", "jsonpath={.endpoints[*].addresses[0]}");

    private static ConfigMap Map(string name) => new() { Metadata = new() { Namespace = "default", Name = name } };
}
