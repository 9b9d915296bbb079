using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client.Informers;
using Proa.Client.Node;
using Proa.Network.Conntrack;
using Proa.Network.Netlink;
using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>
/// Makes Services work on this node: keeps the cluster's nftables table as Services, EndpointSlices and the node's pods
/// say, by differences, each in one transaction. It is also the gate through which pods are stopped. Thread-safe.
/// </summary>
public sealed partial class ServiceProxy : IDrainGate
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private const string SliceIndex = "proxy-service";
    private const string PodOwner = "pod:";
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly NetworkOptions _options;
    private readonly IInformer<Service> _services;
    private readonly IInformer<EndpointSlice> _slices;
    private readonly IInformer<Pod> _pods;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly DrainList _draining = new();
    private readonly ProxyState _state;
    private HashSet<string> _dirty = [];
    private volatile bool _rebuild = true;

    public ServiceProxy(NetworkOptions options, IInformerFactory informers, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _state = new ProxyState(options.PodRange);
        _services = informers.Get<Service>();
        _slices = informers.Get<EndpointSlice>();
        _pods = informers.Get<Pod>(fieldSelector: $"spec.nodeName={options.NodeName}");
        _slices.AddIndex(SliceIndex, s => s.Metadata.Labels.TryGetValue(ServiceLabel, out var name) ? [$"{s.Metadata.Namespace}/{name}"] : []);
    }

    /// <summary>Completes when the kernel holds what the API said at the start.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Runs until cancelled. The table stays as it is: connections go on without this process.</summary>
    /// <exception cref="NetworkException">The kernel has no nf_tables, or this process may not use it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var table = Open();
        using var cables = new CableWatcher(_options, _logger);
        using var others = new TableWatcher(_options.TableName, table.PortId, OnTableRemoved);
        using var services = _services.Subscribe(e => Mark(Key(e.Object.Metadata.Namespace, e.Object.Metadata.Name)));
        using var slices = _slices.Subscribe(OnSlice);
        using var pods = _pods.Subscribe(OnPod);
        var watching = Task.WhenAll(cables.RunAsync(ct), others.RunAsync(ct));
        await _services.SyncedAsync(ct);
        await _slices.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        MarkEverything();
        while (await _signal.Reader.WaitToReadAsync(ct))
        {
            _signal.Reader.TryRead(out _);
            if (!Sync(table))
            {
                await Task.Delay(s_retry, _time, ct);
                Signal();
            }
        }
        await watching;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The pod's endpoints count as terminating from this call on; the answer comes when the kernel has that. Where nothing
    /// else is ready, a terminating endpoint still gets connections, as in Kubernetes.
    /// </remarks>
    public Task WaitDrainedAsync(string ns, string pod, IReadOnlyList<string> addresses, CancellationToken ct)
    {
        _draining.Add(ns, pod, addresses);
        foreach (var slice in _slices.List(ns))
        {
            if (slice.Metadata.Labels.TryGetValue(ServiceLabel, out var service) && Names(slice, addresses))
            {
                Mark(Key(ns, service));
            }
        }
        var acknowledged = _draining.WaitAsync();
        Signal();
        return acknowledged.WaitAsync(ct);
    }

    /// <summary>Works off what changed.</summary>
    /// <returns>False when the kernel refused and it is to be tried again.</returns>
    private bool Sync(KernelTable table)
    {
        var waiters = _draining.TakeWaiters();
        HashSet<string> dirty;
        lock (_gate)
        {
            (dirty, _dirty) = (_dirty, []);
        }
        var change = new ElementChange();
        foreach (var owner in dirty)
        {
            _state.Set(owner, Wanted(owner), change);
        }
        SweepDrained();
        var error = _rebuild ? null : table.Apply(change);
        if (error is not null)
        {
            LogDiffers(_options.TableName, error);
            _rebuild = true;
        }
        if (_rebuild && !Rebuild(table, waiters))
        {
            return false;
        }
        RemoveStale(table, change);
        foreach (var waiter in waiters)
        {
            waiter.TrySetResult();
        }
        _ready.TrySetResult();
        return true;
    }

    private bool Rebuild(KernelTable table, List<TaskCompletionSource> waiters)
    {
        var start = _time.GetTimestamp();
        var everything = _state.Everything();
        // Before the transaction: a removal that is noticed after it counts.
        _rebuild = false;
        if (table.Rebuild(everything) is { } error)
        {
            _rebuild = true;
            LogRefused(_options.TableName, error);
            _draining.PutBack(waiters);
            return false;
        }
        LogBuilt(_options.TableName, everything.Added.Count, _time.GetElapsedTime(start).TotalMilliseconds);
        return true;
    }

    private IReadOnlyList<Frontend> Wanted(string owner)
    {
        var pod = owner.StartsWith(PodOwner, StringComparison.Ordinal);
        var key = pod ? owner[PodOwner.Length..] : owner;
        var slash = key.IndexOf('/');
        var (ns, name) = (key[..slash], key[(slash + 1)..]);
        if (pod)
        {
            return _pods.Get(ns, name) is { } found ? PodFrontends.Of(found) : [];
        }
        return _services.Get(ns, name) is { } service
            ? ServiceFrontends.Of(service, _slices.ByIndex(SliceIndex, key), _options.NodeName, e => _draining.Contains(ns, e))
            : [];
    }

    /// <summary>A drained pod is forgotten when it is gone and no slice calls it ready: its address may be another's soon.</summary>
    private void SweepDrained()
    {
        foreach (var (ns, pod) in _draining.Pods())
        {
            if (_pods.Get(ns, pod) is { Metadata.DeletionTimestamp: not null })
            {
                continue;
            }
            var stillReady = _slices.List(ns).Any(s => s.Endpoints.Any(e => (e.Conditions.Ready ?? true) && _draining.Contains(ns, e)
                && (e.TargetRef is null || e.TargetRef.Name == pod)));
            if (!stillReady)
            {
                _draining.Remove(ns, pod);
            }
        }
    }

    /// <summary>What the kernel remembers of single clients and flows, and that is wrong now.</summary>
    private void RemoveStale(KernelTable table, ElementChange change)
    {
        try
        {
            if (change.StaleAffinity.Count > 0)
            {
                table.ForgetClients(change.StaleAffinity, _state.Find);
            }
            if (change.StaleUdp.Count > 0)
            {
                StaleConnections.Remove(change.StaleUdp, _state.Find);
            }
        }
        catch (NetlinkException e)
        {
            LogStale(e.Message);
        }
    }

    private void OnSlice(InformerEvent<EndpointSlice> change)
    {
        Touch(change.Old);
        Touch(change.New);

        void Touch(EndpointSlice? slice)
        {
            if (slice is not null && slice.Metadata.Labels.TryGetValue(ServiceLabel, out var service))
            {
                Mark(Key(slice.Metadata.Namespace, service));
            }
        }
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        var (ns, name) = (change.Object.Metadata.Namespace!, change.Object.Metadata.Name!);
        if (_draining.Contains(ns, name) || PodFrontends.HasHostPorts(change.Object))
        {
            Mark(PodOwner + Key(ns, name));
        }
    }

    /// <summary>
    /// Synced says what the lists hold, not what the subscriptions have told: a first table without some of the Services would
    /// refuse connections that the table of the process before let through.
    /// </summary>
    private void MarkEverything()
    {
        foreach (var service in _services.List())
        {
            Mark(Key(service.Metadata.Namespace, service.Metadata.Name));
        }
        foreach (var pod in _pods.List())
        {
            if (PodFrontends.HasHostPorts(pod))
            {
                Mark(PodOwner + Key(pod.Metadata.Namespace, pod.Metadata.Name));
            }
        }
        Signal();
    }

    private void OnTableRemoved()
    {
        LogRemoved(_options.TableName);
        _rebuild = true;
        Signal();
    }

    private KernelTable Open()
    {
        try
        {
            return new KernelTable(_options);
        }
        catch (NetlinkException e)
        {
            throw new NetworkException($"cannot reach the kernel's packet filter (nf_tables): {e.Message}", e);
        }
    }

    private void Mark(string owner)
    {
        lock (_gate)
        {
            _dirty.Add(owner);
        }
        Signal();
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    private static bool Names(EndpointSlice slice, IReadOnlyList<string> addresses)
    {
        foreach (var endpoint in slice.Endpoints)
        {
            foreach (var address in endpoint.Addresses)
            {
                if (addresses.Contains(address))
                {
                    return true;
                }
            }
        }
        return false;
    }

    private static string Key(string? ns, string? name) => $"{ns}/{name}";

    [LoggerMessage(Level = LogLevel.Information, Message = "Built the nftables table {Table} with {Count} elements in {Milliseconds:F1} ms")]
    private partial void LogBuilt(string table, int count, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Somebody removed the nftables table {Table}; building it anew")]
    private partial void LogRemoved(string table);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The nftables table {Table} differs from what was written ({Error}); building it anew")]
    private partial void LogDiffers(string table, NftError error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The kernel refused the nftables table {Table}: {Error}; trying again")]
    private partial void LogRefused(string table, NftError error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Clients may be sent to backends that are gone: {Error}")]
    private partial void LogStale(string error);
}
