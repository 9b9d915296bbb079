using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

internal sealed class GetPart() : BenchPart("get")
{
    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await Fill.ConfigMapsAsync(server, "bench", 500, ct);
        foreach (var connections in (int[])[1, 32, 256])
        {
            var rate = await Load.RunAsync(
                server, connections, static async (connection, _, ct) => await connection.ExpectAsync(200, "GET", "/api/v1/namespaces/bench/configmaps/m-1", default, null, ct), ct);
            tell(new($"get, {connections} connections", rate.PerSecond, "/s", $"{rate}") { Bar = connections == 1 ? null : 20_000 });
        }
        await TestedServer.SettleAsync(ct);
        tell(new("resident memory after the gets", server.ResidentMegabytes, "MB") { LessIsBetter = true });
    }
}
