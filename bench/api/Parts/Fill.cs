using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Makes what is to be read. Bounded in time: a slow server has fewer objects, and the figure says so.</summary>
internal static class Fill
{
    // What the original writes fastest with: its etcd syncs many at once.
    private const int Connections = 128;

    // 300,000 at the 2,700 a second that the original makes on 2 cores, and as much again.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(240);

    public static async Task NamespaceAsync(TestedServer server, string name, CancellationToken ct)
    {
        await using var connection = await server.ConnectAsync(ct);
        await connection.ExpectAsync(201, "POST", "/api/v1/namespaces", Objects.Namespace(name), null, ct);
    }

    /// <returns>How many there are.</returns>
    public static async Task<int> ConfigMapsAsync(TestedServer server, string ns, int count, CancellationToken ct)
    {
        await NamespaceAsync(server, ns, ct);
        return await EachAsync(server, count, (connection, index, ct) => PostAsync(connection, $"/api/v1/namespaces/{ns}/configmaps", Objects.ConfigMap($"m-{index}"), ct), ct);
    }

    public static Task<int> EachAsync(TestedServer server, int count, Func<BenchConnection, int, CancellationToken, ValueTask> operation, CancellationToken ct) =>
        Load.EachAsync(server, Connections, count, s_longest, operation, ct);

    public static async ValueTask PostAsync(BenchConnection connection, string path, byte[] body, CancellationToken ct) =>
        await connection.ExpectAsync(201, "POST", path, body, null, ct);
}
