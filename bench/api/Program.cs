using Proa.Bench.Api;
using Proa.Bench.Api.Servers;

// Measures the API of Proa, then of the original where it is on the path; bench/api/run builds both programs and calls it.
if (args is not [var proa, .. var names])
{
    Console.Error.WriteLine("usage: Proa.Bench.Api PROA [PART...] (bench/api/run does it)");
    return 2;
}
if (names.FirstOrDefault(name => !BenchParts.All.Any(part => part.Name == name)) is { } unknown)
{
    Console.Error.WriteLine($"{unknown} is no part; there are: {string.Join(' ', BenchParts.All.Select(part => part.Name))}");
    return 2;
}
var parts = names.Length == 0 ? BenchParts.All : [.. BenchParts.All.Where(part => names.Contains(part.Name))];
using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    end.Cancel();
};
var report = new Report();
var withPeer = KubeServer.IsOnPath;
Console.WriteLine(withPeer
    ? "Proa and, in turn, kube-apiserver with etcd; client and server share this machine's cores"
    : "Proa alone: kube-apiserver and etcd are not both on the path, so there is nothing to compare with in this run");
report.PrintHead(withPeer);
foreach (var part in parts)
{
    var own = await RunAsync(part, folder => new ProaServer(proa, folder, part.NeedsControllers));
    var peer = withPeer ? await RunAsync(part, folder => new KubeServer(folder)) : [];
    foreach (var figure in own)
    {
        report.Print(figure, peer.Find(other => other.What == figure.What), withPeer);
    }
}
return report.Failed ? 1 : 0;

async Task<List<Figure>> RunAsync(BenchPart part, Func<string, TestedServer> make)
{
    var folder = Directory.CreateTempSubdirectory("proa-bench-");
    try
    {
        await using var server = make(folder.FullName);
        var figures = new List<Figure>();
        await part.RunAsync(server, figures.Add, end.Token);
        return figures;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
