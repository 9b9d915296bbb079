using System.Text;
using Proa.Node.Logs;

namespace Proa.Node.Tests.Logs;

public sealed class LogFollowerTests : IDisposable
{
    private const string Whole = """
        2026-01-01T00:00:01.000000001Z stdout F one
        2026-01-01T00:00:02.000000002Z stdout P two-
        2026-01-01T00:00:03.000000003Z stdout F three
        2026-01-01T00:00:04.000000004Z stderr F four
        not a log line

        """;

    private readonly TempDirectory _temp = new();

    private string Log => _temp["0.log"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task ReadAsync_PartialLines_AreJoined() => Assert.Equal("one\ntwo-three\nfour\n", await ReadAsync(new()));

    [Fact]
    public async Task ReadAsync_Timestamps_StandBeforeWholeLinesOnly() => Assert.Equal(
        "2026-01-01T00:00:01.000000001Z one\n2026-01-01T00:00:02.000000002Z two-three\n2026-01-01T00:00:04.000000004Z four\n",
        await ReadAsync(new() { Timestamps = true }));

    [Fact]
    public async Task ReadAsync_Since_SkipsEarlier() =>
        Assert.Equal("four\n", await ReadAsync(new() { Since = new(2026, 1, 1, 0, 0, 4, TimeSpan.Zero) }));

    [Fact]
    public async Task ReadAsync_LimitBytes_CutsAnywhere() => Assert.Equal("one\ntw", await ReadAsync(new() { LimitBytes = 6 }));

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "four\n")]
    [InlineData(3, "three\nfour\n")]
    [InlineData(99, "one\ntwo-three\nfour\n")]
    public async Task ReadAsync_Tail_CountsLinesOfTheFile(int lines, string expected) => Assert.Equal(expected, await ReadAsync(new() { TailLines = lines }));

    [Fact]
    public async Task ReadAsync_TailOfAnyFile_AgreesWithAPlainReading()
    {
        var random = new Random(4);
        for (var round = 0; round < 60; round++)
        {
            var lines = Enumerable.Range(0, random.Next(40)).Select(i => $"2026-01-01T00:00:01Z stdout F {i} {new string('x', random.Next(900))}").ToList();
            File.WriteAllText(Log, string.Concat(lines.Select(line => line + "\n")));
            var count = random.Next(45);
            var expected = string.Concat(lines.TakeLast(count).Select(line => line["2026-01-01T00:00:01Z stdout F ".Length..] + "\n"));
            var output = new MemoryStream();
            await LogFollower.ReadAsync(Log, new() { TailLines = count }, output, Ct);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
        }
    }

    [Fact]
    public async Task FollowAsync_AppendsRotationAndEnd_LoseNothing()
    {
        File.WriteAllText(Log, Line("0"));
        var ended = new TaskCompletionSource();
        var output = new WatchedStream();
        var following = LogFollower.FollowAsync(Log, new(), ended.Task, output, Ct);
        await output.ContainsAsync("0\n");

        File.AppendAllText(Log, Line("1"));
        await output.ContainsAsync("1\n");
        File.AppendAllText(Log, Line("2")[..10]);
        File.AppendAllText(Log, Line("2")[10..] + Line("3"));
        File.Move(Log, Log + ".20260101-000000");
        File.AppendAllText(Log + ".20260101-000000", Line("4"));
        File.WriteAllText(Log, Line("5"));
        await output.ContainsAsync("5\n");
        File.AppendAllText(Log, Line("6"));
        ended.SetResult();
        await following;

        Assert.Equal("0\n1\n2\n3\n4\n5\n6\n", output.Text);
    }

    [Fact]
    public async Task FollowAsync_LimitReached_Ends()
    {
        File.WriteAllText(Log, Line("0") + Line("1"));
        var output = new MemoryStream();

        await LogFollower.FollowAsync(Log, new() { LimitBytes = 3 }, new TaskCompletionSource().Task, output, Ct);

        Assert.Equal("0\n1", Encoding.UTF8.GetString(output.ToArray()));
    }

    private static string Line(string text) => $"2026-01-01T00:00:01Z stdout F {text}\n";

    private async Task<string> ReadAsync(LogReadOptions options)
    {
        File.WriteAllText(Log, Whole);
        var output = new MemoryStream();
        await LogFollower.ReadAsync(Log, options, output, Ct);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
