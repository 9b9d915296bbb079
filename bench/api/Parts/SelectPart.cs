using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Lists that select a hundred of 300,000 objects, by a label and by a field.</summary>
internal sealed class SelectPart() : BenchPart("select")
{
    private const int Count = 300_000;
    private const int Each = 100;

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        var groups = Math.Max(1, Scaled(Count) / Each);
        await server.StartAsync(ct);
        await Fill.NamespaceAsync(server, "bench", ct);
        var count = await Fill.EachAsync(
            server, groups * Each, (connection, index, ct) => Fill.PostAsync(connection, "/api/v1/namespaces/bench/secrets", Objects.Secret(index, groups), ct), ct);
        await SelectAsync("label", index => $"/api/v1/secrets?labelSelector=group%3Dg-{index}");
        await SelectAsync("label out of a set", index => $"/api/v1/secrets?labelSelector=app%3Dbench,group+in+(g-{index})");
        await SelectAsync("field", index => $"/api/v1/secrets?fieldSelector=type%3Dbench.proa.dev%2Ft-{index}");

        async Task SelectAsync(string by, Func<int, string> path)
        {
            var next = 0;
            var rate = await Load.RunAsync(
                server, 4, async (connection, _, ct) => await connection.ExpectAsync(200, "GET", path(Interlocked.Increment(ref next) % groups), default, null, ct), ct);
            tell(new($"select by {by}", rate.PerSecond, "/s", $"{rate}, {count / groups} of {count:n0} objects, 4 connections"));
        }
    }
}
