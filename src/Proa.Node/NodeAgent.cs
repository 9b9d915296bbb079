using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Node;
using Proa.Node.Containerd;
using Proa.Node.Cri;
using Proa.Node.EnvironmentVariables;
using Proa.Client.Grpc;
using Proa.Node.Images;
using Proa.Node.Logs;
using Proa.Node.Pods;
using Proa.Node.Probes;
using Proa.Node.Registration;
using Proa.Node.Statuses;
using Proa.Node.Streams;
using Proa.Node.Volumes;

namespace Proa.Node;

/// <summary>
/// Runs the pods of one node through containerd, and tells the API about them and about the node. Composed here, by
/// hand; everything it has is shut down with <see cref="RunAsync"/>, except the pods, which go on running.
/// </summary>
public sealed class NodeAgent : IDisposable
{
    private readonly ContainerdProcess _containerd;
    private readonly GrpcClient _grpc;
    private readonly EventRecorder _events;
    private readonly PodVolumes _volumes;
    private readonly PodWorkers _workers;
    private readonly ProbeRunner _probes;
    private readonly NodeRegistration _registration;
    private readonly ImageCollector _imageCollector;
    private readonly LogRotator _logRotator;
    private readonly SemaphoreSlim _sandboxSlots;

    /// <param name="options">What the node is.</param>
    /// <param name="client">With the identity <c>system:node:NAME</c>.</param>
    /// <param name="informers">Run by the caller.</param>
    /// <param name="drain">Waited for before a pod is told to stop; null: nobody is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">For the agent's log.</param>
    public NodeAgent(
        NodeAgentOptions options, IClusterClient client, IInformerFactory informers, IDrainGate? drain, TimeProvider time, ILoggerFactory loggers)
    {
        var containerd = options.Containerd ?? ContainerdOptions.In(options.DataDirectory);
        var logger = loggers.CreateLogger("Proa.Node");
        Directory.CreateDirectory(containerd.Directory);
        _grpc = GrpcClient.OverUnixSocket(containerd.Socket, time, ImageImport.Header);
        var runtime = new CriRuntime(_grpc);
        var images = new CriImages(_grpc);
        _containerd = new(containerd, runtime, images, time, logger);
        _events = new(client, new("kubelet", options.NodeName), time, logger);
        var capacity = NodeFacts.Capacity(options.DataDirectory, options.MaxPods);
        var allocatable = NodeFacts.Allocatable(capacity);
        IReadOnlyList<string> hostIps = [options.NodeIp ?? HostAddress.Find()];
        var paths = new PodPaths(Path.Combine(options.DataDirectory, "pods"));
        var seccomp = Path.Combine(options.DataDirectory, "seccomp");
        var cgroup = new PodCgroup(options.ClusterId);
        _volumes = new(new(paths.Root, () => allocatable), client, time, loggers);
        _probes = new(runtime, time);
        _sandboxSlots = new(options.SandboxesAtOnce, options.SandboxesAtOnce);
        var services = new PodServices
        {
            Client = client,
            Runtime = runtime,
            RuntimeImages = images,
            Images = new(images, client, _events, time),
            Volumes = _volumes,
            Environment = new(client, informers.Get<Service>(), () => hostIps, () => allocatable),
            Sandboxes = new(
                paths, new PodDns(options.ClusterDns, options.ClusterDomain, options.HostResolvConf), cgroup, options.ClusterDomain, seccomp),
            Containers = new(paths, NodeFacts.Memory(), seccomp),
            Paths = paths,
            Cgroup = cgroup,
            Probes = _probes,
            Statuses = new(client, time, logger),
            Events = _events,
            Drain = drain,
            HostIps = hostIps,
            ClusterDomain = options.ClusterDomain,
            HostsFile = options.HostHosts,
            SandboxSlots = _sandboxSlots,
            Time = time,
            Logger = logger,
        };
        var pods = informers.Get<Pod>(fieldSelector: $"spec.nodeName={options.NodeName}");
        _workers = new(services, pods, new(_grpc, time), options.NodeName, logger);
        _registration = new(options, hostIps, capacity, runtime, images, client, _events, time, logger);
        _imageCollector = new(images, runtime, options.DataDirectory, time, logger);
        _logRotator = new(runtime, new(Path.Combine(paths.Root, "logs")), time, logger);
        Api = new NodeStreams(runtime, _workers);
    }

    /// <summary>Logs, exec, attach and port-forward.</summary>
    public INodeApi Api { get; }

    /// <summary>Completes when the API has the node as Ready.</summary>
    public Task ReadyAsync(CancellationToken ct) => _registration.ReadyAsync(ct);

    /// <summary>
    /// Starts containerd, or adopts the one that runs, and works until cancelled. Then containerd is stopped; pods go on
    /// running, and the next run adopts them.
    /// </summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var parts = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var runtime = new CancellationTokenSource();
        var containerd = _containerd.RunAsync(runtime.Token);
        var all = new List<Task> { containerd };
        try
        {
            all.Add(_events.RunAsync(parts.Token));
            all.Add(_volumes.RunAsync(parts.Token));
            all.Add(_imageCollector.RunAsync(parts.Token));
            all.Add(_logRotator.RunAsync(parts.Token));
            await await Task.WhenAny(_containerd.ReadyAsync(parts.Token), containerd);
            all.Add(_registration.RunAsync(parts.Token));
            all.Add(_workers.RunAsync(parts.Token));
            await await Task.WhenAny(all);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end, in order: the workers first, then what they work with.
        }
        finally
        {
            await parts.CancelAsync();
            foreach (var task in all)
            {
                if (task != containerd)
                {
                    await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            await runtime.CancelAsync();
            await containerd.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _probes.Dispose();
        _grpc.Dispose();
        _sandboxSlots.Dispose();
    }
}
