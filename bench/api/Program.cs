using System.Globalization;
using System.Runtime.InteropServices;
using Proa.Bench.Api;
using Proa.Bench.Api.Servers;

// Measures the API of Proa, then of the original where it is on the path; bench/api/run builds both programs and calls it.
const string Usage = "usage: bench/api/run [--scale SHARE] [--limit MINUTES] [PART...]";
if (args is not [var proa, .. var rest])
{
    Console.Error.WriteLine(Usage);
    return 2;
}
var (scale, limit) = (1.0, 90.0);
while (rest is [var option and ("--scale" or "--limit"), var text, .. var others])
{
    if (!double.TryParse(text, CultureInfo.InvariantCulture, out var number) || number <= 0)
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
    (scale, limit, rest) = option == "--scale" ? (number, limit, others) : (scale, number, others);
}
var all = BenchParts.All(scale);
if (rest.FirstOrDefault(name => !all.Any(part => part.Name == name)) is { } unknown)
{
    Console.Error.WriteLine($"{unknown} is no part; there are: {string.Join(' ', all.Select(part => part.Name))}");
    return 2;
}
var parts = rest.Length == 0 ? all : [.. all.Where(part => rest.Contains(part.Name))];
using var end = new CancellationTokenSource(TimeSpan.FromMinutes(limit), TimeProvider.System);
var signalled = false;
// However it is told to stop, the servers that it started go with it.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
var report = new Report();
var withPeer = KubeServer.IsOnPath;
Console.WriteLine(withPeer
    ? "Proa and, in turn, kube-apiserver with etcd; client and server share this machine's cores"
    : "Proa alone: kube-apiserver and etcd are not both on the path, so there is nothing to compare with in this run");
if (scale != 1)
{
    Console.WriteLine($"With {scale:0.###} of the objects and watchers that the names say: these figures compare with each other only");
}
report.PrintHead(withPeer);
foreach (var part in parts)
{
    var own = await RunAsync(part, "Proa", folder => new ProaServer(proa, folder, part.NeedsControllers));
    var peer = withPeer && !signalled ? await RunAsync(part, "the original", folder => new KubeServer(folder)) : [];
    foreach (var figure in own)
    {
        report.Print(figure, peer.Find(other => other.What == figure.What), withPeer);
    }
    if (end.IsCancellationRequested)
    {
        Console.Error.WriteLine(signalled ? "stopped" : $"stopped: {limit:0.#} minutes are over");
        return signalled ? 130 : 1;
    }
}
return report.Failed ? 1 : 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    signalled = true;
    end.Cancel();
}

async Task<List<Figure>> RunAsync(BenchPart part, string name, Func<string, TestedServer> make)
{
    // What takes longer than this is not measured, but stuck.
    using var own = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
    own.CancelAfter(TimeSpan.FromMinutes(8));
    var folder = Directory.CreateTempSubdirectory("proa-bench-");
    var figures = new List<Figure>();
    try
    {
        await using var server = make(folder.FullName);
        try
        {
            await part.RunAsync(server, figures.Add, own.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or IOException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            if (!signalled)
            {
                // The other parts and the other server are still worth their figures.
                report.Fail($"{part.Name} of {name} broke off: {(e is OperationCanceledException ? "it took too long" : e.Message)}\n{server.LastWords()}");
            }
        }
        return figures;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
