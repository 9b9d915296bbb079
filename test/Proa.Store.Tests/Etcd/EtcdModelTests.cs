using Proa.Store.Etcd;
using Proa.Store.Tests.Model;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// Random histories on two stores that share a real etcd, of which one loses the history now and then: see <see cref="HistoryRun"/>.
/// Set PROA_MODEL_STEPS for longer ones with another seed each time.
/// </summary>
public sealed class EtcdModelTests(ITestOutputHelper output)
{
    [Fact]
    public async Task RandomHistory_OnTwoStores_EqualsDumbTwins()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var (steps, seed) = HistoryRun.AskedSteps is { } asked ? (asked / 10, Environment.TickCount) : (4_000, 31);
        await using var cluster = new EtcdCluster(1);
        await cluster.InitializeAsync();
        using var relay = new TcpRelay(cluster.Endpoints[0]);
        using var raw = new RawEtcd(cluster.Endpoints[0]);
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        var direct = await OpenAsync(options)();
        var relayed = await OpenAsync(options with { Endpoints = [relay.Address] })();
        var run = new HistoryRun(new Random(seed),
        [
            new HistorySide(direct, direct.Revision, OpenAsync(options)),
            new HistorySide(relayed, relayed.Revision, OpenAsync(options with { Endpoints = [relay.Address] }))
            {
                Lose = async meanwhile =>
                {
                    relay.Cut();
                    await meanwhile();
                    // It may be that none of them was done.
                    await raw.PutAsync($"{options.Prefix}/.proa/mark", "");
                    var last = await raw.PutAsync($"{options.Prefix}/.proa/mark", "");
                    await raw.CompactAsync(last);
                    relay.Mend();
                },
            },
        ]);
        await run.RunAsync(steps, seed);
        output.WriteLine(run.ToString());
    }

    private static Func<Task<IObjectStore>> OpenAsync(EtcdOptions options) => async () => await EtcdStores.OpenAsync(options, limits: HistoryRun.Limits);
}
