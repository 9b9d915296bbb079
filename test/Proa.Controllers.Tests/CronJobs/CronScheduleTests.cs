using Proa.Controllers.CronJobs;

namespace Proa.Controllers.Tests.CronJobs;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("*/15 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z")]
    [InlineData("*/15 * * * *", "2026-01-01T00:14:59Z", "2026-01-01T00:15:00Z")]
    [InlineData("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z")]
    [InlineData("@hourly", "2026-01-01T23:30:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("30 9 * jan mon-fri", "2026-01-03T00:00:00Z", "2026-01-05T09:30:00Z")]
    [InlineData("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("5-10/2,58 * * * *", "2026-01-01T00:09:00Z", "2026-01-01T00:58:00Z")]
    public void Next_Schedule_IsTheFirstTimeAfter(string text, string after, string expected)
    {
        Assert.True(CronSchedule.TryParse(text, out var schedule));
        Assert.Equal(DateTimeOffset.Parse(expected), schedule!.Next(DateTimeOffset.Parse(after), TimeZoneInfo.Utc));
    }

    [Fact]
    public void Next_Never_IsNull()
    {
        Assert.True(CronSchedule.TryParse("0 0 30 2 *", out var schedule));
        Assert.Null(schedule!.Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("@reboot")]
    public void TryParse_Nonsense_IsRefused(string text) => Assert.False(CronSchedule.TryParse(text, out _));
}
