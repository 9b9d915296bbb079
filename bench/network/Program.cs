using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Network;
using Proa.Network.Dns;
using Proa.Network.Nftables;
using Proa.Network.Proxy;

// Start it by ./run. Each figure is the middle of several; the kernel's part is what the system call takes.
Console.WriteLine("| what | figure |");
Console.WriteLine("| --- | --- |");
foreach (var count in (int[])[1_000, 30_000])
{
    Services(count);
}
await DnsAsync(BuildZone(1_000));

static void Services(int count)
{
    var options = new NetworkOptions("bench001", Path.GetTempPath(), "node") { ServiceRange = IPNetwork.Parse("10.64.0.0/14"), PodRange = IPNetwork.Parse("10.128.0.0/14") };
    using var table = new KernelTable(options);
    var state = new ProxyState(options.PodRange);
    var start = Stopwatch.GetTimestamp();
    var filling = new ElementChange();
    for (var i = 0; i < count; i++)
    {
        state.Set($"s{i}", [Frontend(i, 0)], filling);
    }
    Check(table.Rebuild(state.Everything()));
    Console.WriteLine($"| {count:n0} Services of 3 backends: fill an empty kernel | {Stopwatch.GetElapsedTime(start).TotalMilliseconds:n0} ms |");

    Console.WriteLine($"| one backend of one Service among {count:n0} changes | {Middle(i => Change(i, Frontend(i % count, i + 1))):n3} ms |");
    Console.WriteLine($"| one Service more among {count:n0} | {Middle(i => Change(count + i, Frontend(count + i, 0))):n3} ms |");
    Console.WriteLine($"| the same by `nft -f -` | {Middle(Program, 7):n1} ms |");
    using var socket = new NftSocket();
    socket.DeleteTable(options.TableName);

    void Change(int service, Frontend frontend)
    {
        var change = new ElementChange();
        state.Set($"s{service}", [frontend], change);
        Check(table.Apply(change));
    }

    void Program(int i)
    {
        using var nft = Process.Start(new ProcessStartInfo("nft", "-f -") { RedirectStandardInput = true })!;
        nft.StandardInput.Write($"add element ip {options.TableName} services {{ 10.67.255.{i + 1} . tcp . 80 : goto address_3 }}\n");
        nft.StandardInput.Close();
        nft.WaitForExit();
    }
}

static Frontend Frontend(int service, int version) => new(
    new FrontendKey(new Ip4(0x0a400001 + (uint)service), FrontendKey.Tcp, 80),
    [new(new Ip4(0x0a800001 + (uint)service), 8080), new(new Ip4(0x0a810001 + (uint)service), 8080), new(new Ip4(0x0a820001 + (uint)version), 8080)]);

static double Middle(Action<int> action, int times = 301)
{
    var all = new double[times];
    for (var i = 0; i < times; i++)
    {
        var start = Stopwatch.GetTimestamp();
        action(i);
        all[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
    Array.Sort(all);
    return all[times / 2];
}

static void Check(NftError? error)
{
    if (error is not null)
    {
        throw new InvalidOperationException(error.ToString());
    }
}

static Zone BuildZone(int services)
{
    var zone = new Zone();
    for (var i = 0; i < services; i++)
    {
        var service = new Proa.Api.Models.Core.Service
        {
            Metadata = new() { Namespace = "default", Name = $"s{i}" },
            Spec = new() { ClusterIP = $"10.96.{i / 250}.{i % 250 + 1}", Ports = [new() { Port = 80, Name = "http" }] },
        };
        zone.Set($"default/s{i}", ServiceNames.Of(service, [], "cluster.local"));
    }
    return zone;
}

// One socket, 64 questions under way: asks for half of the machine's processors what the server leaves.
static async Task DnsAsync(Zone zone)
{
    var options = new NetworkOptions("bench001", Path.GetTempPath(), "node");
    var local = new LocalResponder(options, zone, 1);
    local.SetSynced();
    var forwarder = new Forwarder(() => [], TimeProvider.System);
    using var server = new DnsServer(new IPEndPoint(IPAddress.Loopback, 0), local, forwarder, new AliasResolver(zone, forwarder), TimeProvider.System, NullLogger.Instance);
    using var stop = new CancellationTokenSource();
    var running = server.RunAsync(stop.Token);
    using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 1000 };
    client.Connect(server.EndPoint);
    byte[] question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsName.Encode("s500.default.svc.cluster.local"), 0, 1, 0, 1];
    var buffer = new byte[512];
    foreach (var seconds in (int[])[1, 4])
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        long answers = 0;
        for (var i = 0; i < 64; i++)
        {
            client.Send(question);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            client.Receive(buffer);
            client.Send(question);
            answers++;
        }
        for (var i = 0; i < 64; i++)
        {
            client.Receive(buffer);
        }
        if (seconds > 1)
        {
            var used = (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds;
            Console.WriteLine($"| DNS answers/s over loopback, one client | {answers / Stopwatch.GetElapsedTime(start).TotalSeconds:n0} |");
            Console.WriteLine($"| DNS answers/s a core, client's share of it included | {answers / used:n0} |");
            Console.WriteLine($"| allocated a question | {(GC.GetTotalAllocatedBytes() - allocated) / (double)answers:n0} bytes |");
        }
    }
    await stop.CancelAsync();
    try
    {
        await running;
    }
    catch (OperationCanceledException)
    {
    }
}
