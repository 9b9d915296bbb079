using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Of each twenty requests of 32 clients: 13 gets, 3 lists of 50, 2 updates, a create and its delete.</summary>
internal sealed class MixedPart() : BenchPart("mixed")
{
    private const int Clients = 32;
    private const int Objects = 1000;

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await Fill.ConfigMapsAsync(server, "bench", Objects, ct);
        await Fill.ConfigMapsAsync(server, "few", 50, ct);
        var steps = new int[Clients];
        var rate = await Load.RunAsync(server, Clients, async (connection, client, ct) => await StepAsync(connection, client, steps[client]++, ct), ct);
        tell(new($"mixed, {Clients} clients", rate.PerSecond, "/s", $"{rate}"));
    }

    private static ValueTask<long> StepAsync(BenchConnection connection, int client, int step, CancellationToken ct)
    {
        const string maps = "/api/v1/namespaces/bench/configmaps";
        var name = $"c-{client}-{step / 20}";
        var other = $"{maps}/m-{(client * 31 + step * 7) % Objects}";
        return (step % 20) switch
        {
            3 or 9 or 15 => connection.ExpectAsync(200, "GET", "/api/v1/namespaces/few/configmaps", default, null, ct),
            5 or 16 => connection.ExpectAsync(200, "PUT", other, Client.Objects.ConfigMap(other[(maps.Length + 1)..], $"changed-{step}-{new string('x', 300)}"), null, ct),
            7 => connection.ExpectAsync(201, "POST", maps, Client.Objects.ConfigMap(name), null, ct),
            18 => connection.ExpectAsync(200, "DELETE", $"{maps}/{name}", default, null, ct),
            _ => connection.ExpectAsync(200, "GET", other, default, null, ct),
        };
    }
}
