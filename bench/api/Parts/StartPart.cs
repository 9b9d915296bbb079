using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>Start to the first answer with 100,000 objects, after a stop and after a kill. The best of three: the disk's cache is warm.</summary>
internal sealed class StartPart() : BenchPart("start")
{
    public override bool NeedsControllers => true;

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        var (count, _) = await Kilobytes.FillAsync(server, Scaled(Kilobytes.Count), ct);
        foreach (var (how, signal) in new[] { ("a stop", Signals.Terminate), ("SIGKILL", Signals.Kill) })
        {
            var all = new List<double>();
            for (var i = 0; i < 3; i++)
            {
                await server.StopAsync(signal);
                all.Add(await server.StartAsync(ct));
            }
            tell(new($"start with 100,000 of 1 KB after {how}", all.Min(), "s", $"{count:n0} objects; all: {string.Join(", ", all.Select(seconds => $"{seconds:n2}"))}") { Bar = 2, LessIsBetter = true });
        }
    }
}
