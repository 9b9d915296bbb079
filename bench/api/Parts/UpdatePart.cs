using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Eight clients read, change and write four objects, each again when another came between.</summary>
internal sealed class UpdatePart() : BenchPart("update")
{
    private const int Clients = 8;
    private const int Shared = 4;

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await Fill.ConfigMapsAsync(server, "bench", Shared, ct);
        var (conflicts, attempts, next) = (0, 0, 0);
        var bodies = Enumerable.Range(0, Clients).Select(_ => new BodyBytes()).ToArray();
        var rate = await Load.RunAsync(
            server, Clients,
            async (connection, client, ct) =>
            {
                var path = $"/api/v1/namespaces/bench/configmaps/m-{client % Shared}";
                for (var code = 409; code == 409;)
                {
                    bodies[client].Clear();
                    await connection.ExpectAsync(200, "GET", path, default, bodies[client], ct);
                    var changed = Changed(bodies[client].ToString(), Interlocked.Increment(ref next));
                    code = (await connection.SendAsync("PUT", path, changed, null, ct)).Code;
                    Interlocked.Increment(ref attempts);
                    conflicts += code == 409 ? 1 : 0;
                    if (code is not (200 or 409))
                    {
                        throw new InvalidOperationException($"PUT {path}: {code}");
                    }
                }
            },
            ct);
        tell(new($"read and update, {Clients} clients on {Shared} objects", rate.PerSecond, "/s", $"{rate}, {100.0 * conflicts / attempts:n0} % of the writes met a conflict"));
    }

    private static byte[] Changed(string json, int number)
    {
        const string value = "\"value\":\"";
        var at = json.IndexOf(value, StringComparison.Ordinal) + value.Length;
        return Objects.Utf8($"{json[..at]}{number:d9}{json[(at + 9)..]}");
    }
}
