using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store;
using Proa.Store.Etcd;

// Creates objects of 0.5 KB, each acknowledged only when it is on the disk, from 1, 32 and 256 tasks at once; then opens a
// store of 100,000 of them, lists and gets. Usage: bench-store [directory on the disk to measure | etcd's endpoints,...].
Uri[] etcd = args is [var first, ..] && first.StartsWith("http", StringComparison.Ordinal) ? [.. first.Split(',').Select(static text => new Uri(text))] : [];
var root = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("proa-bench-").FullName;
const string head = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{""";
var filler = new string('x', 330);

Console.WriteLine("| what | figure | p50 | p99 |");
Console.WriteLine("| --- | --- | --- | --- |");
if (etcd.Length > 0)
{
    await CreateAsync("creates/s, 0.5 KB, in etcd", 1, 1_000);
    await CreateAsync("creates/s, 0.5 KB, in etcd", 32, 10_000);
    await CreateAsync("creates/s, 0.5 KB, in etcd", 256, 20_000);
    await BarriersAsync(256, 20_000);
    return;
}
await CreateAsync("creates/s, 0.5 KB, durable", 1, 5_000);
await CreateAsync("creates/s, 0.5 KB, durable", 32, 50_000);
await CreateAsync("creates/s, 0.5 KB, durable", 256, 100_000);
await OpenAsync();

async Task CreateAsync(string what, int writers, int count)
{
    await using var store = etcd.Length > 0
        ? await OnEtcdAsync($"/bench-{Guid.NewGuid():N}")
        : (IObjectStore)await ObjectStore.OpenAsync(
            new StoreOptions { DataDirectory = Path.Combine(root, $"w{writers}") }, Index, TimeProvider.System, NullLogger.Instance);
    await RunAsync(store, "warm", writers, Math.Min(count, 2_000));
    var start = Stopwatch.GetTimestamp();
    var latencies = await RunAsync(store, "n", writers, count);
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    Array.Sort(latencies);
    Console.WriteLine($"| {what}, {writers} writers | {count / seconds:n0} | {latencies[count / 2]:n2} ms | {latencies[count * 99 / 100]:n2} ms |");
}

Task<EtcdStore> OnEtcdAsync(string prefix) => EtcdStore.OpenAsync(
    new EtcdOptions { Endpoints = etcd, Prefix = prefix }, Index, TimeProvider.System, NullLogger.Instance, CancellationToken.None);

// Reads that must see what other servers acknowledged, while nobody writes.
async Task BarriersAsync(int readers, int count)
{
    await using var store = await OnEtcdAsync($"/bench-{Guid.NewGuid():N}");
    var next = -1;
    var start = Stopwatch.GetTimestamp();
    await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => Task.Run(async () =>
    {
        while (Interlocked.Increment(ref next) < count)
        {
            if (await store.ReadBarrierAsync(CancellationToken.None) is { } why)
            {
                throw new InvalidOperationException(why);
            }
        }
    })));
    Console.WriteLine($"| fresh reads/s, {readers} readers | {count / Stopwatch.GetElapsedTime(start).TotalSeconds:n0} | | |");
}

async Task<double[]> RunAsync(IObjectStore store, string prefix, int writers, int count)
{
    var latencies = new double[count];
    var next = -1;
    await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
    {
        for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
        {
            var request = Request($"{prefix}-{i}");
            var start = Stopwatch.GetTimestamp();
            var result = await store.WriteAsync(request, CancellationToken.None);
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (result.Outcome != WriteOutcome.Done)
            {
                throw new InvalidOperationException($"{result.Outcome}: {result.Error}");
            }
        }
    })));
    return latencies;
}

async Task OpenAsync()
{
    var options = new StoreOptions { DataDirectory = Path.Combine(root, "w256") };
    var start = Stopwatch.GetTimestamp();
    await using var store = await ObjectStore.OpenAsync(options, Index, TimeProvider.System, NullLogger.Instance);
    Report($"open {store.List("configmaps", null)!.Items.Count:n0} objects, ms", start, 1);
    var bytes = GC.GetTotalMemory(forceFullCollection: true);
    Console.WriteLine($"| memory for them, MB | {bytes / 1048576.0:n0} | | |");

    start = Stopwatch.GetTimestamp();
    long sum = 0;
    const int lists = 2_000;
    for (var i = 0; i < lists; i++)
    {
        var left = 500;
        foreach (var obj in store.List("configmaps", "default")!.Items)
        {
            sum += obj.Json.Length;
            if (--left == 0)
            {
                break;
            }
        }
    }
    Report("walk 500 objects, ms", start, lists);

    start = Stopwatch.GetTimestamp();
    const int gets = 1_000_000;
    for (var i = 0; i < gets; i++)
    {
        sum += store.Get(new ObjectKey("configmaps", "default", $"n-{i % 100_000}"))!.Revision;
    }
    Report("get, ms", start, gets);

    var past = store.Revision;
    for (var i = 0; i < 5_000; i++)
    {
        await store.WriteAsync(new WriteRequest { Key = new ObjectKey("configmaps", "default", $"n-{i}"), Kind = WriteKind.Delete }, CancellationToken.None);
    }
    start = Stopwatch.GetTimestamp();
    for (var i = 0; i < 20; i++)
    {
        sum += store.List("configmaps", null, past)!.Items.Count;
    }
    Report("list as it was 5,000 changes ago, ms", start, 20);
    GC.KeepAlive(sum);
}

static void Report(string what, long start, int times) =>
    Console.WriteLine($"| {what} | {Stopwatch.GetElapsedTime(start).TotalMilliseconds / times:g3} | | |");

WriteRequest Request(string name) => new()
{
    Key = new ObjectKey("configmaps", "default", name),
    Kind = WriteKind.Create,
    RevisionOffset = head.Length,
    Json = Encoding.UTF8.GetBytes($$$"""
        {{{head}}}"name":"{{{name}}}","namespace":"default","uid":"3f0e5c9a-0a2e-4b7e-9d0c-000000000000"},"data":{"value":"{{{filler}}}"}}
        """),
};

static ObjectIndex Index(string resource, ReadOnlySpan<byte> json)
{
    // About what a server's indexer does: one pass over the tokens.
    var reader = new Utf8JsonReader(json);
    var uid = "";
    while (reader.Read())
    {
        if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("uid"u8))
        {
            reader.Read();
            uid = reader.GetString()!;
        }
    }
    return new ObjectIndex { Uid = uid };
}
