using Proa.Bench.Api.Client;
using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Whole lists of 50,000 in one answer, and in pages of 500 as kubectl reads them.</summary>
internal sealed class BigListPart() : BenchPart("biglist")
{
    private const string Path = "/api/v1/namespaces/bench/configmaps";

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        var count = await Fill.ConfigMapsAsync(server, "bench", Scaled(50_000), ct);
        await TestedServer.SettleAsync(ct);
        var before = server.ResidentMegabytes;
        long length = 0;
        var whole = await Load.RunAsync(server, 2, async (connection, _, ct) => length = await connection.ExpectAsync(200, "GET", Path, default, null, ct), ct);
        tell(new("list of 50,000, 2 connections", whole.PerSecond, "/s", $"{whole}, {count:n0} objects, {length / 1e6:n1} MB each"));
        await TestedServer.SettleAsync(ct);
        tell(new("resident memory that these lists add", server.ResidentMegabytes - before, "MB") { LessIsBetter = true });
        var paged = await Load.RunAsync(server, 2, (connection, _, ct) => PagesAsync(connection, ct), ct);
        tell(new("list of 50,000 in pages of 500", paged.PerSecond, "/s", $"{paged}"));
    }

    private static async ValueTask PagesAsync(BenchConnection connection, CancellationToken ct)
    {
        var page = new BodyBytes();
        for (var path = Path + "?limit=500"; ;)
        {
            page.Clear();
            await connection.ExpectAsync(200, "GET", path, default, page, ct);
            if (ContinueToken.Find(page.Span) is not { } token)
            {
                return;
            }
            path = $"{Path}?limit=500&continue={Uri.EscapeDataString(token)}";
        }
    }
}
