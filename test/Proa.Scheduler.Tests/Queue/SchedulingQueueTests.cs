using Proa.Scheduler.Core;
using Proa.Scheduler.Queue;

namespace Proa.Scheduler.Tests.Queue;

public sealed class SchedulingQueueTests
{
    private readonly ManualTime _time = new();
    private readonly SchedulingQueue _queue;

    public SchedulingQueueTests() => _queue = new SchedulingQueue(_time);

    [Fact]
    public void TryTake_HigherPriorityFirst_ThenOlder()
    {
        Add("a");
        Add("b");
        Add("urgent", priority: 5);
        Assert.Equal("urgent a b -", $"{Take()} {Take()} {Take()} {Take() ?? "-"}");
    }

    [Fact]
    public void GiveBack_SleepsUntilAChangeThatHelps()
    {
        Add("a");
        GiveBack(ClusterChange.PodGone);
        _queue.Changed(ClusterChange.Volumes);
        Assert.Null(Take());
        _queue.Changed(ClusterChange.PodGone);
        Assert.Equal("a", Take());
    }

    [Fact]
    public void Changed_AfterSeveralAttempts_WaitsForTheBackoff()
    {
        Add("a");
        GiveBack(ClusterChange.Nodes);
        _queue.Changed(ClusterChange.Nodes);
        GiveBack(ClusterChange.Nodes);
        _queue.Changed(ClusterChange.Nodes);
        Assert.Null(Take());
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMilliseconds(100), _queue.NextDue());
        _time.Advance(TimeSpan.FromMilliseconds(100));
        GiveBack(ClusterChange.Nodes);
        _queue.Changed(ClusterChange.Nodes);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMilliseconds(200), _queue.NextDue());
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal("a", Take());
    }

    [Fact]
    public void GiveBack_NothingChanges_IsTriedAgainAfterFiveMinutes()
    {
        Add("a");
        GiveBack(ClusterChange.PodGone);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(5), _queue.NextDue());
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("a", Take());
    }

    [Fact]
    public void Set_NewStateOfASleeper_WakesIt()
    {
        Add("a");
        GiveBack(ClusterChange.None);
        Add("a");
        Assert.Equal("a", Take());
        Assert.Null(Take());
    }

    [Fact]
    public void Refresh_Sleeper_SleepsOn()
    {
        Add("a");
        GiveBack(ClusterChange.None);
        _queue.Refresh(PodInfo.Of(Build.Pod("a")));
        Assert.Null(Take());
    }

    [Fact]
    public void Remove_WhereverItWaits_IsForgotten()
    {
        Add("active");
        _queue.Remove("uid-active");
        Add("asleep");
        GiveBack(ClusterChange.Nodes);
        _queue.Remove("uid-asleep");
        _queue.Changed(ClusterChange.All);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(Take());
        Assert.Equal(0, _queue.Count);
        Assert.Null(_queue.NextDue());
    }

    [Fact]
    public void GiveBack_PodRemovedMeanwhile_IsNotKept()
    {
        Add("a");
        Assert.True(_queue.TryTake(out var pod));
        _queue.Remove("uid-a");
        _queue.GiveBack(pod, ClusterChange.All);
        _queue.RetryLater(pod);
        _queue.Changed(ClusterChange.All);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(Take());
    }

    private void Add(string name, int priority = 0) => _queue.Set(PodInfo.Of(Build.Pod(name).With(spec => spec with { Priority = priority })));

    private string? Take() => _queue.TryTake(out var pod) ? pod.Info.Name : null;

    private void GiveBack(ClusterChange retryAfter)
    {
        Assert.True(_queue.TryTake(out var pod));
        _queue.GiveBack(pod, retryAfter);
    }
}
