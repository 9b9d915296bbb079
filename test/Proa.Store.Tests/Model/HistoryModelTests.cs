using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Index;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Model;

/// <summary>Random histories on the embedded store: see <see cref="HistoryRun"/>. Set PROA_MODEL_STEPS for longer ones with another seed each time.</summary>
public sealed class HistoryModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false, 30_000, 21)]
    [InlineData(false, 30_000, 22)]
    [InlineData(true, 10_000, 23)]
    public async Task RandomHistory_EqualsDumbTwin(bool onDisk, int steps, int seed)
    {
        if (HistoryRun.AskedSteps is { } asked)
        {
            (steps, seed) = (onDisk ? asked / 10 : asked, Environment.TickCount + seed);
        }
        using var directory = new TestDirectory();
        Func<Task<IObjectStore>>? open = onDisk ? () => Task.FromResult<IObjectStore>(Open(directory.Options)) : null;
        var store = open is null ? ObjectStore.InMemory(TimeProvider.System, NullLogger.Instance, HistoryRun.Limits) : await open();
        var run = new HistoryRun(new Random(seed), [new HistorySide(store, 1, open)]);
        await run.RunAsync(steps, seed);
        output.WriteLine(run.ToString());
    }

    private static ObjectStore Open(StoreOptions options) => ObjectStore.Open(options, IndexOf, TimeProvider.System, NullLogger.Instance, HistoryRun.Limits);
}
