using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>100,000 ConfigMaps that take one kilobyte each as they are served.</summary>
internal static class Kilobytes
{
    public const int Count = 100_000;
    private const int Each = 1024;
    private const string Path = "/api/v1/namespaces/bench/configmaps";

    /// <returns>How many there are, and the bytes of one.</returns>
    public static async Task<(int Count, double Bytes)> FillAsync(TestedServer server, int wanted, CancellationToken ct)
    {
        await Fill.NamespaceAsync(server, "bench", ct);
        long overhead;
        await using (var connection = await server.ConnectAsync(ct))
        {
            await connection.ExpectAsync(201, "POST", Path, Objects.ConfigMap("probe-0", ""), null, ct);
            overhead = await connection.ExpectAsync(200, "GET", Path + "/probe-0", default, null, ct);
        }
        // Server-set members are part of the object: its own value fills what they leave.
        var value = new string('x', (int)(Each - overhead));
        var count = await Fill.EachAsync(server, wanted, (connection, index, ct) => Fill.PostAsync(connection, Path, Objects.ConfigMap($"m-{index:d5}", value), ct), ct);
        await using var reader = await server.ConnectAsync(ct);
        return (count, await reader.ExpectAsync(200, "GET", Path + "/m-00001", default, null, ct));
    }
}
