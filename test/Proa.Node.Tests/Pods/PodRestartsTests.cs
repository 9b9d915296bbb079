using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Tests.Pods;

public sealed class PodRestartsTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Pod s_pod = new() { Metadata = new() { Name = "p", Namespace = "n", Uid = "u" } };

    [Fact]
    public void Hold_CrashAfterCrash_WaitsTenSecondsDoublingToFiveMinutes()
    {
        var restarts = new PodRestarts();
        var now = s_start;
        var waits = new List<double>();
        for (var crash = 0; crash < 8; crash++)
        {
            var ended = now;
            while (restarts.Hold(s_pod, "c", ended, now).Wait)
            {
                now += TimeSpan.FromSeconds(1);
            }
            waits.Add((now - ended).TotalSeconds);
        }

        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], waits);
    }

    [Fact]
    public void Hold_RanForLong_StartsAtOnceAgain()
    {
        var restarts = new PodRestarts();
        restarts.Hold(s_pod, "c", s_start, s_start);
        var ended = s_start + TimeSpan.FromMinutes(11);

        Assert.False(restarts.Hold(s_pod, "c", ended, ended).Wait);
    }

    [Fact]
    public void Hold_WhileWaiting_IsNewsOnce()
    {
        var restarts = new PodRestarts();
        restarts.Hold(s_pod, "c", s_start, s_start);

        Assert.Equal((true, true), restarts.Hold(s_pod, "c", s_start, s_start));
        Assert.Equal((true, false), restarts.Hold(s_pod, "c", s_start, s_start));
        Assert.Equal(s_start + TimeSpan.FromSeconds(10), restarts.Due);
    }

    [Fact]
    public void Promote_AfterAWhile_ShowsCrashLoopBackOff()
    {
        var restarts = new PodRestarts();
        restarts.Hold(s_pod, "c", s_start, s_start);
        restarts.Hold(s_pod, "c", s_start, s_start);
        restarts.Promote(s_start);
        Assert.Empty(restarts.Shown);

        restarts.Promote(s_start + TimeSpan.FromSeconds(10));

        Assert.Equal(
            new ContainerStateWaiting { Reason = "CrashLoopBackOff", Message = "back-off 10s restarting failed container=c pod=p_n(u)" },
            restarts.Shown["c"]);
    }

    [Fact]
    public void Failed_ShowsWhyAndWaits()
    {
        var restarts = new PodRestarts();
        restarts.Failed("c", new() { Reason = "ErrImagePull" }, s_start + TimeSpan.FromSeconds(10));

        Assert.True(restarts.MustWait("c", s_start));
        Assert.False(restarts.MustWait("c", s_start + TimeSpan.FromSeconds(10)));
        Assert.Equal("ErrImagePull", restarts.Shown["c"].Reason);
        restarts.Started("c");
        Assert.Empty(restarts.Shown);
    }
}
