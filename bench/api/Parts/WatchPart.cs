using System.Diagnostics;
using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>A thousand watchers, each on a connection of its own, of one collection with 200 changes a second.</summary>
internal sealed class WatchPart() : BenchPart("watch")
{
    private const int Watchers = 1000;
    private const int PerSecond = 200;
    private const int Writers = 20;
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(15);

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await Fill.ConfigMapsAsync(server, "bench", PerSecond, ct);
        await TestedServer.SettleAsync(ct);
        var before = server.ResidentMegabytes;
        var watchers = Scaled(Watchers);
        var connections = await Load.OpenAsync(server, watchers, ct);
        // From a change on, as clients watch that have listed: the original's own way to tell what exists needs a newer etcd.
        var from = await ChangeAsync(server, ct);
        var sinks = connections.Select(_ => new WatchSink { Revision = from }).ToArray();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = connections.Select((connection, index) => WatchAsync(server, connection, sinks[index], end.Token)).ToArray();
        // A watch that has told of a change is known to run.
        await ChangeAsync(server, ct);
        await ToldAsync(1);
        var (begun, cpu) = (Stopwatch.GetTimestamp(), server.CpuSeconds);
        var written = await WriteAsync(server, ct);
        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await ToldAsync(1 + written);
        var all = new Rate([.. sinks.SelectMany(sink => sink.Latencies)], Stopwatch.GetElapsedTime(begun), server.CpuSeconds - cpu);
        var note = $"{written / took:n0} changes/s, {all.PerSecond:n0} deliveries/s, none lost, {sinks.Sum(sink => sink.Resumed):n0} watches ended by the server and resumed; {all}";
        tell(new($"{watchers:n0} watchers, delivery p50", all.P50, "ms", note) { LessIsBetter = true });
        tell(new($"{watchers:n0} watchers, delivery p99", all.P99, "ms") { LessIsBetter = true });
        await TestedServer.SettleAsync(ct);
        tell(new($"resident memory that {watchers:n0} watchers add", server.ResidentMegabytes - before, "MB") { LessIsBetter = true });
        await end.CancelAsync();
        await Task.WhenAll(watching);
        await Load.CloseAsync(connections);

        // A watch that fails would be waited for without end.
        async Task ToldAsync(int count)
        {
            var told = Task.WhenAll(sinks.Select(sink => sink.Told(count)));
            var ended = Task.WhenAny(watching);
            if (await Task.WhenAny(told, ended).WaitAsync(ct) == ended && !told.IsCompleted)
            {
                await await ended;
                throw new InvalidOperationException("the server ended a watch");
            }
        }
    }

    /// <returns>The change's revision.</returns>
    private static async Task<long> ChangeAsync(TestedServer server, CancellationToken ct)
    {
        await using var connection = await server.ConnectAsync(ct);
        var answer = new BodyBytes();
        await connection.ExpectAsync(200, "PUT", "/api/v1/namespaces/bench/configmaps/m-0", Objects.ConfigMap("m-0", $"{Stopwatch.GetTimestamp()}"), answer, ct);
        return WatchSink.RevisionOf(answer.Span) ?? throw new InvalidOperationException("an object without a resourceVersion");
    }

    /// <summary>As clients do it: a watch that the server ends is begun again after the last event. The original ends those that are slow.</summary>
    private static async Task WatchAsync(TestedServer server, BenchConnection connection, WatchSink sink, CancellationToken ct)
    {
        BenchConnection? own = null;
        try
        {
            while (!ct.IsCancellationRequested)
            {
                try
                {
                    await (own ?? connection).ExpectAsync(200, "GET", $"/api/v1/namespaces/bench/configmaps?watch=true&timeoutSeconds=600&resourceVersion={sink.Revision}", default, sink, ct);
                }
                catch (IOException) when (!ct.IsCancellationRequested)
                {
                    await (own?.DisposeAsync() ?? default);
                    own = await server.ConnectAsync(ct);
                }
                sink.Resume();
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
        finally
        {
            await (own?.DisposeAsync() ?? default);
        }
    }

    /// <summary>Several writers: one that waits for each answer would write less than is meant when answers take long.</summary>
    private static async Task<int> WriteAsync(TestedServer server, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var connections = await Load.OpenAsync(server, Writers, ct);
        var written = await Task.WhenAll(connections.Select((connection, index) => Task.Run(() => WriteAsync(connection, index, begun, ct), ct)));
        await Load.CloseAsync(connections);
        return written.Sum();
    }

    private static async Task<int> WriteAsync(BenchConnection connection, int writer, long begun, CancellationToken ct)
    {
        var written = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        while (Stopwatch.GetElapsedTime(begun) is var elapsed && elapsed < s_measured)
        {
            var number = (written * Writers) + writer;
            if (number >= elapsed.TotalSeconds * PerSecond)
            {
                await timer.WaitForNextTickAsync(ct);
                continue;
            }
            var name = $"m-{number % PerSecond}";
            var body = Objects.ConfigMap(name, WatchSink.Stamp(Stopwatch.GetTimestamp()) + new string('x', 300));
            await connection.ExpectAsync(200, "PUT", $"/api/v1/namespaces/bench/configmaps/{name}", body, null, ct);
            written++;
        }
        return written;
    }
}
