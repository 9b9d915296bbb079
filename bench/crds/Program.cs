using System.Diagnostics;
using System.Globalization;
using System.Text;
using Proa.Client;
using Proa.Testing;

// What thousands of CustomResourceDefinitions cost: memory each, and whether reads stay as fast. Usage: bench-crds [count].
var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000;
await using var cluster = await TestCluster.StartAsync();
var definitions = new ResourcePath("apiextensions.k8s.io", "v1", "customresourcedefinitions");
var ct = cluster.Stopping;

await DefineAsync(0, 1);
await ServedAsync(0);
await MakeAsync(0);
Console.WriteLine($"| what | with 1 definition | with {count} |");
Console.WriteLine("| --- | --- | --- |");
var before = await FiguresAsync(0);
var memory = Memory();
var start = Stopwatch.GetTimestamp();
await DefineAsync(1, count);
var accepted = Stopwatch.GetElapsedTime(start);
await ServedAsync(count - 1);
var served = Stopwatch.GetElapsedTime(start);
await MakeAsync(count - 1);
var after = await FiguresAsync(count - 1);
foreach (var (what, figure) in before)
{
    Console.WriteLine($"| {what} | {figure:n1} µs | {after[what]:n1} µs |");
}
Console.WriteLine($"| definitions created/s | | {(count - 1) / accepted.TotalSeconds:n0} |");
Console.WriteLine($"| from the last create until all are served | | {(served - accepted).TotalMilliseconds:n0} ms |");
var each = (Memory() - memory) / (double)(count - 1) / 1024;
Console.WriteLine($"| managed memory each | | {each:n1} KB |");
Console.WriteLine($"| bytes of one definition as stored | | {await SizeAsync():n1} KB |");

async Task DefineAsync(int from, int to)
{
    await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (i, token) =>
    {
        var made = await cluster.Client.CreateAsync(definitions, Encoding.UTF8.GetBytes(Definition(i)), WriteOptions.Default, token);
        if (!made.Ok)
        {
            throw new InvalidOperationException(made.Error.Message);
        }
    });
}

async Task ServedAsync(int i)
{
    while (!(await cluster.Client.ListAsync(Path(i), ListOptions.All, ct)).Ok)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
    }
}

async Task MakeAsync(int i)
{
    for (var n = 0; n < 100; n++)
    {
        var made = await cluster.Client.CreateAsync(Path(i), Encoding.UTF8.GetBytes(
            $$"""{"apiVersion":"group{{i % 50}}.example.com/v1","kind":"Thing{{i}}","metadata":{"name":"t{{n}}"},"spec":{"text0":"x","number0":{{n}} } }"""), WriteOptions.Default, ct);
        if (!made.Ok)
        {
            throw new InvalidOperationException(made.Error.Message);
        }
    }
}

async Task<Dictionary<string, double>> FiguresAsync(int i) => new()
{
    ["get a custom object"] = await TimeAsync(2_000, () => cluster.Client.GetAsync(Path(i) with { Name = "t1" }, ct)),
    ["list 100 custom objects"] = await TimeAsync(1_000, () => cluster.Client.ListAsync(Path(i), ListOptions.All, ct)),
    ["get a ConfigMap"] = await TimeAsync(2_000, () => cluster.Client.GetAsync(new("", "v1", "configmaps", "default", "kube-root-ca.crt"), ct)),
    ["patch a custom object"] = await TimeAsync(300, () => cluster.Client.PatchAsync(
        Path(i) with { Name = "t2" }, PatchKind.Merge, """{"metadata":{"annotations":{"a":"b"}}}"""u8.ToArray(), WriteOptions.Default, ct)),
};

async Task<double> TimeAsync(int times, Func<Task> call)
{
    for (var n = 0; n < times / 4; n++)
    {
        await call();
    }
    var began = Stopwatch.GetTimestamp();
    for (var n = 0; n < times; n++)
    {
        await call();
    }
    return Stopwatch.GetElapsedTime(began).TotalMicroseconds / times;
}

async Task<double> SizeAsync() =>
    (await cluster.Client.GetAsync(definitions with { Name = $"things{count - 1}.group{(count - 1) % 50}.example.com" }, ct)).Value.Length / 1024.0;

static long Memory()
{
    GC.Collect();
    GC.WaitForPendingFinalizers();
    GC.Collect();
    return GC.GetTotalMemory(forceFullCollection: true);
}

static ResourcePath Path(int i) => new($"group{i % 50}.example.com", "v1", $"things{i}", "default");

static string Definition(int i)
{
    var properties = string.Join(',', Enumerable.Range(0, 20).Select(static n =>
        $"\"text{n}\":{{\"type\":\"string\",\"description\":\"what it says, in so many words\",\"maxLength\":64}},\"number{n}\":{{\"type\":\"integer\",\"default\":{n} }}"));
    return $$"""
        {"metadata":{"name":"things{{i}}.group{{i % 50}}.example.com"},"spec":{"group":"group{{i % 50}}.example.com","scope":"Namespaced",
        "names":{"plural":"things{{i}}","kind":"Thing{{i}}","shortNames":["t{{i}}"],"categories":["all"]},
        "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{} },
        "additionalPrinterColumns":[{"name":"Text","type":"string","jsonPath":".spec.text0"}],
        "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{ {{properties}} } },"status":{"type":"object","x-kubernetes-preserve-unknown-fields":true} } } } }]} }
        """;
}
