using Microsoft.Extensions.Logging;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Schema;
using Proa.ApiServer;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Node;
using Proa.Node.Tests.Containerd;
using Proa.Store;

namespace Proa.Node.Tests.Pods;

/// <summary>
/// A real node: the API server in this process, the agent, and a containerd of its own. Pods are put on it by their
/// <c>nodeName</c>. Disposing leaves nothing behind.
/// </summary>
public sealed class TestNode : IAsyncLifetime
{
    public const string Name = "n1";
    private static int s_count;

    private readonly IObjectStore _store = ObjectStore.InMemory(TimeProvider.System);
    private CancellationTokenSource _agentStop = new();
    private Task _informersRun = Task.CompletedTask;
    private Task _agentRun = Task.CompletedTask;

    public TestNode()
    {
        var count = Interlocked.Increment(ref s_count);
        Directory = $"/tmp/proa-node-{Environment.ProcessId}-n{count}";
        ClusterId = $"t{Environment.ProcessId % 100000:d5}{count:d2}";
        var server = new ApiServer.ApiServer(new ApiServerOptions
        {
            Store = _store,
            Types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn),
            Clock = TimeProvider.System,
            Logging = new ConsoleLoggers(LogLevel.Error),
        });
        Client = server.ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test");
    }

    public string Directory { get; }

    public string ClusterId { get; }

    public IClusterClient Client { get; }

    public NodeAgent Agent { get; private set; } = null!;

    public IDrainGate? Drain { get; set; }

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Directory);
        TestNetwork.Write(Directory + "/cni/net.d", Directory);
        await Client.CreateAsync(new Namespace { Metadata = new() { Name = "kube-node-lease" } }, default);
        await StartAgentAsync();
        var archive = Directory + "/busybox.tar";
        await using (var file = File.Create(archive))
        {
            BusyboxImage.Write(file);
        }
        var (_, error) = await new Node.Images.ImageImporter(Directory + "/containerd/containerd.sock", TimeProvider.System).ImportAsync(archive, default);
        Assert.Null(error);
    }

    public async Task StartAgentAsync()
    {
        _agentStop = new();
        var informers = new InformerFactory(Client, TimeProvider.System, new ConsoleLoggers(LogLevel.Information));
        Agent = new NodeAgent(
            new NodeAgentOptions { NodeName = Name, ClusterId = ClusterId, DataDirectory = Directory, NodeIp = "10.0.0.1" },
            Client, informers, new LateDrain(this), TimeProvider.System, new ConsoleLoggers(LogLevel.Warning));
        _informersRun = informers.RunAsync(_agentStop.Token);
        _agentRun = Agent.RunAsync(_agentStop.Token);
        var ready = Agent.ReadyAsync(CancellationToken.None);
        await await Task.WhenAny(ready, _agentRun);
        Assert.True(ready.IsCompletedSuccessfully);
    }

    public async Task StopAgentAsync()
    {
        await _agentStop.CancelAsync();
        await _agentRun;
        await _informersRun;
        Agent.Dispose();
        _agentStop.Dispose();
    }

    /// <summary>A namespace with what the service account admission and its volume need.</summary>
    public async Task<string> NamespaceAsync()
    {
        var ns = $"t{Guid.NewGuid():n}"[..12];
        Assert.True((await Client.CreateAsync(new Namespace { Metadata = new() { Name = ns } }, default)).Ok);
        Assert.True((await Client.CreateAsync(new ServiceAccount { Metadata = new() { Name = "default", Namespace = ns } }, default)).Ok);
        await Client.CreateAsync(
            new ConfigMap { Metadata = new() { Name = "kube-root-ca.crt", Namespace = ns }, Data = new Dictionary<string, string> { ["ca.crt"] = "x" } }, default);
        return ns;
    }

    /// <param name="ns">From <see cref="NamespaceAsync"/>.</param>
    /// <param name="json">A pod; its image may be written {image}.</param>
    public async Task<Pod> CreateAsync(string ns, string json)
    {
        var pod = Model.Read<Pod>(System.Text.Encoding.UTF8.GetBytes(json.Replace("{image}", BusyboxImage.Name, StringComparison.Ordinal)));
        pod = pod with
        {
            Metadata = pod.Metadata with { Namespace = ns },
            Spec = pod.Spec with { NodeName = Name, AutomountServiceAccountToken = false },
        };
        var created = await Client.CreateAsync(pod, default);
        Assert.True(created.Ok, created.Error?.Message);
        return created.Value;
    }

    /// <summary>Waits for the pod to be as wanted.</summary>
    public async Task<Pod> UntilAsync(string ns, string name, Func<Pod, bool> wanted)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Pod? last = null;
        try
        {
            await foreach (var (kind, pod) in Client.WatchAsync<Pod>(ns, new(FieldSelector: $"metadata.name={name}"), bound.Token))
            {
                last = pod;
                if (kind != WatchKind.Deleted && wanted(pod))
                {
                    return pod;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Below.
        }
        throw new TimeoutException($"never as wanted; last:\n{(last is null ? "none" : System.Text.Encoding.UTF8.GetString(Model.ToUtf8(last)))}");
    }

    public async Task GoneAsync(string ns, string name)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var (kind, _) in Client.WatchAsync<Pod>(ns, new(FieldSelector: $"metadata.name={name}"), bound.Token))
        {
            if (kind == WatchKind.Deleted)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAgentAsync();
        await NodeReset.RunAsync(new NodeAgentOptions { NodeName = Name, ClusterId = ClusterId, DataDirectory = Directory }, new ConsoleLoggers(LogLevel.Warning), default);
        System.IO.Directory.Delete(Directory, recursive: true);
        await _store.DisposeAsync();
    }

    private sealed class LateDrain(TestNode node) : IDrainGate
    {
        public Task WaitDrainedAsync(string ns, string pod, IReadOnlyList<string> addresses, CancellationToken ct) =>
            node.Drain?.WaitDrainedAsync(ns, pod, addresses, ct) ?? Task.CompletedTask;
    }
}
