using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Health;
using Proa.Store.Tests.Faults;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Health;

/// <summary>A disk that is slow, hangs or refuses: what is said of it, and that reads go on.</summary>
public sealed class StoreHealthTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly FaultDisk _disk;
    private readonly ManualTime _time = new();

    public StoreHealthTests() => _disk = new FaultDisk(_directory.Path, 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _disk.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Syncs_Slow_AreNamedUntilAMinuteHasPassed()
    {
        await using var store = await OpenAsync();
        // The first one syncs the log's head, too.
        await store.DoneAsync(Create("first"));
        var changed = store.Health.ChangedAsync(StoreCondition.Healthy, Ct);
        _disk.BeforeSync = () => _time.Advance(TimeSpan.FromMilliseconds(300));
        await store.DoneAsync(Create("a"));
        await store.DoneAsync(Create("b"));
        Assert.Equal(StoreCondition.Healthy, store.Health.Report().Condition);
        await store.DoneAsync(Create("c"));
        var slow = await changed.WaitAsync(Ct);
        Assert.Equal(StoreCondition.Slow, slow.Condition);
        Assert.Matches(@"^\S+ \(\S+ on /.*\): writes are slow: syncs take more than 250 ms; sync p99 300 ms of the last 4$", slow.ToString());
        _disk.BeforeSync = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StoreCondition.Healthy, store.Health.Report().Condition);
        var (bounds, counts, sum) = store.Health.Syncs();
        Assert.Equal(3, counts[bounds.ToList().FindIndex(bound => bound > 0.3)]);
        Assert.Equal(0.9, sum, 3);
    }

    [Fact]
    public async Task Sync_Hangs_LaterWritesAreRefusedAtOnceAndReadsGoOn()
    {
        await using var store = await OpenAsync();
        await store.DoneAsync(Create("before"));
        using var hangs = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        _disk.BeforeSync = () =>
        {
            hangs.Set();
            release.Wait(Ct);
        };
        var waiting = store.TryAsync(Create("waiting"));
        hangs.Wait(Ct);
        _time.Advance(TimeSpan.FromSeconds(12));
        var refused = await store.TryAsync(Create("late"));
        Assert.Equal(WriteOutcome.Unavailable, refused.Outcome);
        Assert.EndsWith("writes are refused: the one under way has waited 12 s for the disk", refused.Error);
        Assert.Equal(StoreCondition.Stalled, store.Health.Report().Condition);
        Assert.Equal("before", Assert.Single(store.List(Maps, null)!.Items).Key.Name);
        _disk.BeforeSync = null;
        release.Set();
        Assert.Equal(WriteOutcome.Done, (await waiting).Outcome);
        await store.DoneAsync(Create("late"));
        Assert.Equal(StoreCondition.Healthy, store.Health.Report().Condition);
    }

    [Theory]
    [InlineData(nameof(DiskFault.Full), "database or disk is full")]
    [InlineData(nameof(DiskFault.IoError), "disk I/O error")]
    public async Task Write_Refused_IsNamedUntilOneIsTaken(string fault, string cause)
    {
        await using var store = await OpenAsync();
        await store.DoneAsync(Create("before"));
        _disk.Fault = call => call.Operation == DiskOperation.Write ? Enum.Parse<DiskFault>(fault) : DiskFault.None;
        var changed = store.Health.ChangedAsync(StoreCondition.Healthy, Ct);
        var refused = await store.TryAsync(Create("refused"));
        Assert.Equal(WriteOutcome.Unavailable, refused.Outcome);
        var report = await changed.WaitAsync(Ct);
        Assert.Equal(StoreCondition.Refusing, report.Condition);
        Assert.Contains($"{_directory.Database} on {report.Device} cannot be written: {cause}", report.Cause);
        Assert.Equal(refused.Error, report.Cause!["writes are refused: ".Length..]);
        Assert.Equal(1, store.Health.RefusedBatches);
        Assert.NotNull(store.Get(new ObjectKey(Maps, "default", "before")));
        _disk.Fault = null;
        await store.DoneAsync(Create("after"));
        Assert.Equal(StoreCondition.Healthy, store.Health.Report().Condition);
        Assert.Null(store.Health.Report().Cause);
    }

    private Task<ObjectStore> OpenAsync() => ObjectStore.OpenAsync(_directory.Options, IndexOf, _time, NullLogger.Instance);
}
