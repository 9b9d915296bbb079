using System.Diagnostics;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Client;

/// <summary>Loads a server from a number of connections.</summary>
internal static class Load
{
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(5);

    /// <summary>Repeats an operation on each connection; warms up first.</summary>
    public static async Task<Rate> RunAsync(
        TestedServer server, int connections, Func<BenchConnection, int, CancellationToken, ValueTask> operation, CancellationToken ct)
    {
        var each = await OpenAsync(server, connections, ct);
        try
        {
            await RepeatAsync(each, operation, s_warm, ct);
            var (start, cpu) = (Stopwatch.GetTimestamp(), server.CpuSeconds);
            var latencies = await RepeatAsync(each, operation, s_measured, ct);
            return new(latencies, Stopwatch.GetElapsedTime(start), server.CpuSeconds - cpu);
        }
        finally
        {
            await CloseAsync(each);
        }
    }

    /// <summary>Does something for each of 0 to count - 1, until all are done or the time is over.</summary>
    /// <returns>How many were done.</returns>
    public static async Task<int> EachAsync(
        TestedServer server, int connections, int count, TimeSpan limit, Func<BenchConnection, int, CancellationToken, ValueTask> operation, CancellationToken ct)
    {
        var each = await OpenAsync(server, connections, ct);
        try
        {
            var start = Stopwatch.GetTimestamp();
            var (next, done) = (-1, 0);
            await Task.WhenAll(each.Select(connection => Task.Run(
                async () =>
                {
                    while (Stopwatch.GetElapsedTime(start) < limit && Interlocked.Increment(ref next) is var index && index < count)
                    {
                        await operation(connection, index, ct);
                        Interlocked.Increment(ref done);
                    }
                },
                ct)));
            return done;
        }
        finally
        {
            await CloseAsync(each);
        }
    }

    public static async Task<BenchConnection[]> OpenAsync(TestedServer server, int connections, CancellationToken ct)
    {
        var each = new BenchConnection[connections];
        for (var i = 0; i < connections; i++)
        {
            each[i] = await server.ConnectAsync(ct);
        }
        return each;
    }

    public static async Task CloseAsync(BenchConnection[] connections)
    {
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task<List<double>> RepeatAsync(
        BenchConnection[] connections, Func<BenchConnection, int, CancellationToken, ValueTask> operation, TimeSpan duration, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var each = await Task.WhenAll(connections.Select((connection, index) => Task.Run(
            async () =>
            {
                var latencies = new List<double>();
                while (Stopwatch.GetElapsedTime(start) < duration)
                {
                    var begun = Stopwatch.GetTimestamp();
                    await operation(connection, index, ct);
                    latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                }
                return latencies;
            },
            ct)));
        return [.. each.SelectMany(latencies => latencies)];
    }
}
