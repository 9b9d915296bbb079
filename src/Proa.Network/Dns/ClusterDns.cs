using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Network.Dns;

/// <summary>
/// The cluster's DNS server: names of Services and pods from prebuilt answers, the rest from the host's name servers. It
/// listens on the gateway's address, and sees to the Service <c>kube-dns</c> by which pods find it.
/// </summary>
public sealed partial class ClusterDns
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private const string SliceIndex = "dns-service";
    private const string NamespaceOwner = "ns:";
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(10);

    private readonly NetworkOptions _options;
    private readonly IClusterClient _client;
    private readonly IInformer<Service> _services;
    private readonly IInformer<EndpointSlice> _slices;
    private readonly IInformer<Namespace> _namespaces;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Zone _zone = new();
    private readonly LocalResponder _local;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private HashSet<string> _dirty = [];
    private List<TaskCompletionSource> _settling = [];

    public ClusterDns(NetworkOptions options, IInformerFactory informers, IClusterClient client, TimeProvider time, ILogger logger)
    {
        _options = options;
        _client = client;
        _time = time;
        _logger = logger;
        _services = informers.Get<Service>();
        _slices = informers.Get<EndpointSlice>();
        _namespaces = informers.Get<Namespace>();
        _slices.AddIndex(SliceIndex, s => s.Metadata.Labels.TryGetValue(ServiceLabel, out var name) ? [$"{s.Metadata.Namespace}/{name}"] : []);
        _local = new LocalResponder(options, _zone, (uint)time.GetUtcNow().ToUnixTimeSeconds());
    }

    /// <summary>Completes when the server listens and knows all names.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Where it listens; null before it does.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Runs until cancelled. The pod network must be there: its gateway address is listened on.</summary>
    /// <exception cref="NetworkException">The gateway's address cannot be bound to.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var own = new HashSet<IPAddress> { _options.Gateway, _options.DnsAddress };
        var forwarder = new Forwarder(new ResolvConf(_options.ResolvConf, own, _time).Servers, _time);
        using var server = Listen(forwarder);
        EndPoint = server.EndPoint;
        using var services = _services.Subscribe(e => Mark($"{e.Object.Metadata.Namespace}/{e.Object.Metadata.Name}"));
        using var namespaces = _namespaces.Subscribe(e => Mark(NamespaceOwner + e.Object.Metadata.Name));
        using var slices = _slices.Subscribe(OnSlice);
        await Task.WhenAll(server.RunAsync(ct), FollowAsync(ct), EnsureObjectsAsync(server.EndPoint, ct));
    }

    /// <summary>Completes when all that the informers had told before this call is in the answers.</summary>
    internal Task SettleAsync()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _settling.Add(settled);
        }
        _signal.Writer.TryWrite(true);
        return settled.Task;
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        await _services.SyncedAsync(ct);
        await _slices.SyncedAsync(ct);
        await _namespaces.SyncedAsync(ct);
        _signal.Writer.TryWrite(true);
        while (await _signal.Reader.WaitToReadAsync(ct))
        {
            _signal.Reader.TryRead(out _);
            HashSet<string> dirty;
            List<TaskCompletionSource> settling;
            lock (_gate)
            {
                (dirty, _dirty) = (_dirty, []);
                (settling, _settling) = (_settling, []);
            }
            foreach (var owner in dirty)
            {
                _zone.Set(owner, Names(owner));
            }
            _local.SetSynced();
            _ready.TrySetResult();
            settling.ForEach(s => s.TrySetResult());
        }
    }

    private Dictionary<byte[], ZoneRecords> Names(string owner)
    {
        if (owner.StartsWith(NamespaceOwner, StringComparison.Ordinal))
        {
            var ns = owner[NamespaceOwner.Length..];
            return _namespaces.Get(null, ns) is null ? [] : ServiceNames.OfNamespace(ns, _options.Domain);
        }
        var slash = owner.IndexOf('/');
        return _services.Get(owner[..slash], owner[(slash + 1)..]) is { } service
            ? ServiceNames.Of(service, _slices.ByIndex(SliceIndex, owner), _options.Domain)
            : [];
    }

    private DnsServer Listen(Forwarder forwarder)
    {
        var aliases = new AliasResolver(_zone, forwarder);
        try
        {
            return new DnsServer(new IPEndPoint(_options.Gateway, 53), _local, forwarder, aliases, _time, _logger);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            try
            {
                // Pods come by the Service's address: any port will do.
                var server = new DnsServer(new IPEndPoint(_options.Gateway, 0), _local, forwarder, aliases, _time, _logger);
                LogOtherPort(_options.Gateway, server.EndPoint.Port, e.Message);
                return server;
            }
            catch (SocketException other)
            {
                throw new NetworkException($"DNS cannot listen on {_options.Gateway}: {other.Message}", other);
            }
        }
        catch (SocketException e)
        {
            throw new NetworkException($"DNS cannot listen on {_options.Gateway}: {e.Message}; is the pod network up?", e);
        }
    }

    private async Task EnsureObjectsAsync(IPEndPoint server, CancellationToken ct)
    {
        var wait = s_firstRetry;
        while (true)
        {
            string? problem;
            try
            {
                problem = (await DnsObjects.EnsureAsync(_client, _options, server, ct))?.Message;
            }
            catch (HttpRequestException e)
            {
                problem = e.Message;
            }
            if (problem is null)
            {
                return;
            }
            LogObjects(problem);
            await Task.Delay(wait, _time, ct);
            wait = wait * 2 < s_lastRetry ? wait * 2 : s_lastRetry;
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
                Mark($"{slice.Metadata.Namespace}/{service}");
            }
        }
    }

    private void Mark(string owner)
    {
        lock (_gate)
        {
            _dirty.Add(owner);
        }
        _signal.Writer.TryWrite(true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Port 53 of {Gateway} is taken ({Error}); DNS listens on port {Port}, and pods reach it by the Service kube-dns as ever")]
    private partial void LogOtherPort(IPAddress gateway, int port, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The Service kube-dns is not there yet: {Problem}")]
    private partial void LogObjects(string problem);
}
