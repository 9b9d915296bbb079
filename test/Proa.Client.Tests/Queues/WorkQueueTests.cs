using Proa.Client.Queues;
using Proa.Testing;

namespace Proa.Client.Tests.Queues;

public sealed class WorkQueueTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Add_Twice_WaitsOnce()
    {
        _queue.Add("a");
        _queue.Add("a");
        _queue.Add("b");
        Assert.Equal(2, _queue.Count);
        Assert.Equal("a", await _queue.TakeAsync(Ct));
        Assert.Equal("b", await _queue.TakeAsync(Ct));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Add_WhileWorkedOn_ComesAgainOnlyAfterComplete()
    {
        _queue.Add("a");
        await _queue.TakeAsync(Ct);
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Count);
        _queue.Complete("a");
        Assert.Equal(1, _queue.Count);
        await _queue.TakeAsync(Ct);
        _queue.Complete("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task AddAfter_SeveralTimes_TheEarliestCounts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(1.999));
        Assert.Equal(0, _queue.Count);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _queue.Count);
        _queue.Complete(await _queue.TakeAsync(Ct));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task AddWithBackoff_Repeated_DoublesUntilForgotten()
    {
        foreach (var expected in new[] { 5, 10, 20, 40 })
        {
            _queue.AddWithBackoff("a");
            _time.Advance(TimeSpan.FromMilliseconds(expected - 1));
            Assert.Equal(0, _queue.Count);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, _queue.Count);
            _queue.Complete(await _queue.TakeAsync(Ct));
        }
        Assert.Equal(4, _queue.Failures("a"));
        _queue.Forget("a");
        _queue.AddWithBackoff("a");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public async Task AddWithBackoff_ManyTimes_StopsAtAThousandSeconds()
    {
        for (var i = 0; i < 80; i++)
        {
            _queue.AddWithBackoff("a");
            _time.Advance(TimeSpan.FromSeconds(1000));
            Assert.Equal(1, _queue.Count);
            _queue.Complete(await _queue.TakeAsync(Ct));
        }
    }
}
