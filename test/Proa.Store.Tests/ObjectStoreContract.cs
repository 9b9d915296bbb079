using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests;

/// <summary>The rules of single writes and reads, for every store.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private IObjectStore _store = null!;
    private long _before;

    /// <summary>An empty store of its own.</summary>
    private protected abstract Task<IObjectStore> OpenAsync();

    public async ValueTask InitializeAsync()
    {
        _store = await OpenAsync();
        // A store that has seen no write is at 1; one on an etcd that others use is not.
        _before = _store.Revision - 1;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Write_EachDone_TakesTheNextRevision()
    {
        Assert.Equal(1, _store.Revision - _before);
        var a = await _store.DoneAsync(Create("a"));
        var b = await _store.DoneAsync(Create("b"));
        var changed = await _store.DoneAsync(Replace("a", "2", a.Revision));
        var gone = await _store.DoneAsync(Delete("b", b.Revision));
        Assert.Equal([2, 3, 4, 5], Array.ConvertAll([a.Revision, b.Revision, changed.Revision, gone.Revision], revision => revision - _before));
        Assert.Equal(2, changed.CreateRevision - _before);
        Assert.All([a, b, changed, gone], obj => Assert.Equal(obj.Revision.ToString(), Version(obj)));
        Assert.Equal(5, _store.Revision - _before);
        Assert.Same(changed, _store.Get(a.Key));
        Assert.Null(_store.Get(b.Key));
    }

    [Fact]
    public async Task Create_Twice_AnswersWhatIsThere()
    {
        var a = await _store.DoneAsync(Create("a"));
        var again = await _store.TryAsync(Create("a"));
        Assert.Equal(new WriteResult(WriteOutcome.Exists, a), again);
        Assert.Equal(2, _store.Revision - _before);
    }

    [Fact]
    public async Task ReplaceAndDelete_Stale_AreConflicts()
    {
        await _store.DoneAsync(Create("a", "1"));
        var current = await _store.DoneAsync(Replace("a", "2"));
        Assert.Equal(new WriteResult(WriteOutcome.Conflict, current), await _store.TryAsync(Replace("a", "3", _before + 2)));
        Assert.Equal(new WriteResult(WriteOutcome.Conflict, current), await _store.TryAsync(Delete("a", _before + 2)));
        Assert.Equal("2", Value(_store.Get(current.Key)!));
    }

    [Fact]
    public async Task ReplaceAndDelete_Absent_AreNotFound()
    {
        Assert.Equal(WriteOutcome.NotFound, (await _store.TryAsync(Replace("a", "3"))).Outcome);
        Assert.Equal(WriteOutcome.NotFound, (await _store.TryAsync(Delete("a"))).Outcome);
        Assert.Equal(1, _store.Revision - _before);
    }

    [Fact]
    public async Task Delete_WithLastState_TellsThat()
    {
        var a = await _store.DoneAsync(Create("a", "first"));
        var last = Replace("a", "last");
        var gone = await _store.DoneAsync(new WriteRequest
        {
            Key = a.Key,
            Kind = WriteKind.Delete,
            Json = last.Json,
            RevisionOffset = last.RevisionOffset,
        });
        Assert.Equal(("last", $"{_before + 3}", "a"), (Value(gone), Version(gone), gone.Index.Uid));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Write_OffsetThatIsNotAMembers_Throws(int shift)
    {
        var request = Create("a");
        var broken = new WriteRequest
        {
            Key = request.Key,
            Kind = request.Kind,
            Json = request.Json,
            RevisionOffset = shift == 0 ? 0 : request.RevisionOffset + shift,
        };
        await Assert.ThrowsAsync<ArgumentException>(() => _store.TryAsync(broken));
        Assert.Equal(1, _store.Revision - _before);
    }

    [Fact]
    public async Task Write_Cancelled_IsNotQueued()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _store.WriteAsync(Create("a"), new CancellationToken(canceled: true)));
        Assert.Null(_store.Get(new ObjectKey(Maps, "default", "a")));
    }

    [Fact]
    public async Task Write_AfterDispose_IsUnavailable()
    {
        await _store.DisposeAsync();
        Assert.Equal(WriteOutcome.Unavailable, (await _store.TryAsync(Create("a"))).Outcome);
    }

    [Fact]
    public async Task List_OlderRevision_IsTheStateOfThen()
    {
        await _store.DoneAsync(Create("a", "1"));
        await _store.DoneAsync(Create("b", "1"));
        await _store.DoneAsync(Create("other", resource: "pods"));
        await _store.DoneAsync(Replace("a", "2"));
        await _store.DoneAsync(Delete("b"));
        await _store.DoneAsync(Create("c", "1"));
        Assert.Equal(["a=2", "c=1"], Items(0));
        Assert.Equal(["a=2", "c=1"], Items(7));
        Assert.Equal(["a=2"], Items(6));
        Assert.Equal(["a=2", "b=1"], Items(5));
        Assert.Equal(["a=1", "b=1"], Items(4));
        Assert.Equal(["a=1"], Items(2));
        Assert.Empty(Items(1));
        Assert.Equal(_before + 4, _store.List(Maps, null, _before + 4)!.Revision);

        string[] Items(long revision) => [.. _store.List(Maps, "default", revision == 0 ? 0 : _before + revision)!.Items.Select(obj => $"{obj.Key.Name}={Value(obj)}")];
    }

    [Fact]
    public async Task Write_ManyAtOnce_OneOfEachWins()
    {
        await _store.DoneAsync(Create("counter", "0"));
        var created = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => _store.TryAsync(Create($"n{i % 20}")))));
        Assert.Equal(20, created.Count(result => result.Outcome == WriteOutcome.Done));
        Assert.Equal(180, created.Count(result => result.Outcome == WriteOutcome.Exists));
        // Optimistic counting loses no step, however the batches fall.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CountAsync(100))));
        Assert.Equal("800", Value(_store.Get(new ObjectKey(Maps, "default", "counter"))!));
        Assert.Equal(1 + 1 + 20 + 800, _store.Revision - _before);
    }

    private async Task CountAsync(int steps)
    {
        while (steps > 0)
        {
            var current = _store.Get(new ObjectKey(Maps, "default", "counter"))!;
            var next = Replace("counter", (int.Parse(Value(current)) + 1).ToString(), current.Revision);
            steps -= (await _store.TryAsync(next)).Outcome == WriteOutcome.Done ? 1 : 0;
        }
    }
}
