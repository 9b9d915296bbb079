namespace Proa.Testing.Tests;

public sealed class TestClockTests
{
    [Fact]
    public void Advance_SeveralTimers_FireInOrderEachAtItsMoment()
    {
        var clock = new TestClock(frozen: true);
        var began = clock.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = clock.CreateTimer(_ => fired.Add(("late", clock.GetUtcNow() - began)), null, TimeSpan.FromMinutes(3), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => fired.Add(("often", clock.GetUtcNow() - began)), null, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2));

        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal([("often", TimeSpan.FromMinutes(2)), ("late", TimeSpan.FromMinutes(3)), ("often", TimeSpan.FromMinutes(4))], fired);
        Assert.Equal(TimeSpan.FromMinutes(5), clock.GetUtcNow() - began);
    }

    [Fact]
    public async Task Delay_OnARunningClock_EndsByItselfAndByAdvance()
    {
        var clock = new TestClock();

        await Task.Delay(TimeSpan.FromMilliseconds(10), clock, TestContext.Current.CancellationToken);
        var hours = Task.Delay(TimeSpan.FromHours(10), clock, TestContext.Current.CancellationToken);
        Assert.False(hours.IsCompleted);
        clock.Advance(TimeSpan.FromHours(11));

        await hours;
    }

    [Fact]
    public void Dispose_BeforeItIsDue_DoesNotFire()
    {
        var clock = new TestClock(frozen: true);
        var fired = false;
        clock.CreateTimer(_ => fired = true, null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan).Dispose();

        clock.Advance(TimeSpan.FromHours(1));

        Assert.False(fired);
    }
}
