using Proa.Bench.Api.Servers;

namespace Proa.Bench.Api.Parts;

/// <summary>What the whole server takes with nothing in it, and with 100,000 objects of a kilobyte: written to it, and loaded by it.</summary>
internal sealed class MemoryPart() : BenchPart("memory")
{
    private const double BaseMegabytes = 120;

    public override bool NeedsControllers => true;

    public override async Task RunAsync(TestedServer server, Action<Figure> tell, CancellationToken ct)
    {
        await server.StartAsync(ct);
        await TestedServer.SettleAsync(ct);
        tell(new("resident memory, nothing in it", server.ResidentMegabytes, "MB") { Bar = BaseMegabytes, LessIsBetter = true });
        var (count, bytes) = await Kilobytes.FillAsync(server, Scaled(Kilobytes.Count), ct);
        var bar = BaseMegabytes + (1.5 * count * bytes / 1e6);
        await TestedServer.SettleAsync(ct);
        tell(Of("resident memory, 100,000 of 1 KB written"));
        await server.StopAsync(Signals.Terminate);
        await server.StartAsync(ct);
        await TestedServer.SettleAsync(ct);
        tell(Of("resident memory, 100,000 of 1 KB loaded"));

        Figure Of(string what)
        {
            var resident = server.ResidentMegabytes;
            return new(what, resident, "MB", $"{count:n0} objects of {bytes:n0} bytes; {(resident - BaseMegabytes) / (count * bytes / 1e6):n2} of their bytes above {BaseMegabytes:n0} MB") { Bar = bar, LessIsBetter = true };
        }
    }
}
