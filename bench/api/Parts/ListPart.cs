using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

internal sealed class ListPart() : BenchPart("list")
{
    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await Fill.ConfigMapsAsync(server, "bench", 500, ct);
        var rate = await Load.RunAsync(
            server, 4, static async (connection, _, ct) => await connection.ExpectAsync(200, "GET", "/api/v1/namespaces/bench/configmaps", default, null, ct), ct);
        tell(new("list of 500, 4 connections", rate.PerSecond, "/s", $"{rate}") { Bar = 1_000 });
    }
}
