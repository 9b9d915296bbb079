using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Durable creates of a ConfigMap of half a kilobyte.</summary>
internal sealed class CreatePart() : BenchPart("create")
{
    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        var next = 0;
        foreach (var connections in (int[])[1, 32, 256])
        {
            var rate = await Load.RunAsync(
                server, connections,
                async (connection, _, ct) => await connection.ExpectAsync(
                    201, "POST", "/api/v1/namespaces/default/configmaps", Objects.ConfigMap($"b-{Interlocked.Increment(ref next)}"), null, ct),
                ct);
            tell(new($"create 0.5 KB, {connections} connections", rate.PerSecond, "/s", $"{rate}") { Bar = connections == 1 ? null : 10_000 });
        }
    }
}
