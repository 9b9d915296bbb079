using System.Net;
using Microsoft.Extensions.Logging;
using Proa.Api.Schema;
using Proa.ApiServer;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Bootstrap;
using Proa.ApiServer.Discovery;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Objects;
using Proa.ApiServer.OpenApi;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Security.Reviews;
using Proa.ApiServer.Security.Tokens;
using Proa.ApiServer.Security.Transport;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;
using Proa.Client.Node;
using Proa.Sharing;
using Proa.Store;
using Proa.Store.Health;

namespace Proa.Cluster;

/// <summary>The API server with its store, certificates and listener, put together.</summary>
internal sealed class ApiParts : IAsyncDisposable
{
    private readonly StoreParts _store;
    private readonly RbacCache _rbac;
    private readonly ApiListener _listener;

    private readonly RunningState _running;
    private readonly AuditLog? _audit;
    private readonly Func<CancellationToken, Task>? _presence;
    private readonly ApiAggregation _aggregation;
    private RequestMetrics _metrics = new();
    private Func<CancellationToken, Task> _following = static _ => Task.CompletedTask;

    private ApiParts(
        StoreParts store, ClusterPki pki, RbacCache rbac, ApiServer.ApiServer server, ApiListener listener, IPEndPoint address, ServiceAccountTokens accounts,
        RunningState running, AuditLog? audit, Func<CancellationToken, Task>? presence, ApiAggregation aggregation)
    {
        (_store, Pki, _rbac, Server, _listener, Address, Accounts) = (store, pki, rbac, server, listener, address, accounts);
        (_running, _audit, _presence, _aggregation) = (running, audit, presence, aggregation);
    }

    public ClusterPki Pki { get; }

    public ApiServer.ApiServer Server { get; }

    /// <summary>Where clients of this machine reach it.</summary>
    public IPEndPoint Address { get; }

    public ServiceAccountTokens Accounts { get; }

    public IObjectStore Store => _store.Objects;

    /// <summary>Where restores of the running cluster are handed over.</summary>
    public Backup.RestoreDesk Restores { get; private init; } = new();

    /// <summary>How the disk below the embedded store is; null: there is none.</summary>
    public StoreHealth? Disk => _store.Embedded?.Health;

    /// <param name="gateway">The machine's address as pods see it; null without a node.</param>
    /// <param name="nodes">The node agent of a node by its name.</param>
    public static async Task<ApiParts> CreateAsync(
        ClusterPaths paths, ClusterConfig config, ApiSettings settings, IPAddress? gateway, Func<string, INodeApi?> nodes, DataDirectoryLock held, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        var bind = IPAddress.Parse(config.Bind);
        var local = Local(config);
        var serviceAddress = Ranges.Nth(config.ServiceRange, 1);
        var reachable = Reachable(config, gateway);

        var followed = new FollowedSettings(settings, paths, time);
        var sources = TokenSources.Of(settings, followed.Issuers, time);
        var types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn);
        var indexer = ObjectIndexing.For(types);
        var opening = StoreParts.OpenAsync(paths, config, followed.Encryption, held, indexer, time, loggers, ct);
        var pki = ClusterPki.LoadOrCreate(PkiOf(paths, config, gateway), time);
        var stored = await opening;
        var store = stored.Objects;
        var frontProxy = new FrontProxyOptions(pki.FrontProxyAuthority);
        var first = new BootstrapOptions(serviceAddress, reachable, config.ApiPort, pki.Authority.CertificatePem)
        {
            ServiceRange = config.ServiceRange,
            OneOfSeveral = config.Etcd is not null,
            FrontProxy = frontProxy,
        };
        var bootstrapper = new Bootstrapper(first, store, indexer, time);
        await bootstrapper.EnsureAsync(ct);
        var restores = new Backup.RestoreDesk();
        var shared = stored.Etcd is { } etcd ? new SharedKeys(paths, config, etcd, followed.Encryption, reachable.ToString(), time, loggers.CreateLogger("Proa.Sharing")) : null;

        var rbac = new RbacCache(store);
        var metrics = new RequestMetrics { Parts = new() };
        var authorizer = new ClusterAuthorizer(rbac, store, metrics);
        if (followed.Authorizers is { } authorizers)
        {
            authorizer.Replace(authorizers, time);
        }
        var accounts = new ServiceAccountTokens(pki.SigningKey, store, time);
        var tokens = new BearerTokens(pki.AdminToken, [accounts, new BootstrapTokens(store, time), .. sources]);
        var aggregation = new ApiAggregation(new ApiAggregationOptions
        {
            Store = store,
            Types = types,
            Clock = time,
            Logging = loggers,
            Certificate = pki.FrontProxy,
            FrontProxy = frontProxy,
            AuthorityPem = pki.Authority.CertificatePem,
        });
        var flow = new FlowControl(settings.MaxRequestsInFlight + settings.MaxMutatingRequestsInFlight, store, time);
        var running = new RunningState();
        var audit = AuditSetting.Of(settings, time);
        var address = new IPEndPoint(local, config.ApiPort);
        PortRange.TryParse(config.NodePorts, out var firstPort, out var lastPort);
        var server = new ApiServer.ApiServer(new ApiServerOptions
        {
            Store = store,
            Types = types,
            Clock = time,
            Logging = loggers,
            Authenticator = new RequestAuthenticator(pki.Authority, tokens, authorizer, time, followed.Issuers?.Anonymous, frontProxy),
            Authorizer = authorizer,
            TokenIssuer = accounts,
            Aggregation = aggregation,
            Endpoints =
            [
                new HealthEndpoint([.. HealthChecks.Of(() => stored.IsAvailable, () => running.IsStarted, () => running.IsStopping),
                    .. HealthChecks.Disk(stored.Embedded?.Health), .. HealthChecks.KeyPlugins(followed.Encryption)]),
                new MetricsEndpoint(metrics, flow, types, store, stored.Embedded?.Health, aggregation, audit),
                new FlowDumpEndpoint(flow),
                new VersionEndpoint(),
                new Backup.BackupEndpoint(paths, stored.Embedded),
                new Backup.RestoreEndpoint(stored.Embedded is null ? null : new(paths, config, stored.Embedded, indexer, bootstrapper, restores, time)),
                new Secrets.RotationEndpoint(shared is null ? stored.Embedded!.RotateAsync : shared.RotateAsync),
                new DiscoveryEndpoint(types, address.ToString(), aggregation),
                new OpenIdEndpoint(accounts, new IPEndPoint(reachable, config.ApiPort).ToString()),
                new OpenApiEndpoint(types, SchemaRegistry.BuiltIn, aggregation),
            ],
            Tables = new TableRenderer(time),
            VirtualResources = ReviewResources.All(tokens, authorizer, time),
            Metrics = metrics,
            Flow = flow,
            Audit = audit,
            Admission = AdmissionSetting.Of(settings),
            RequestTimeout = settings.RequestTimeoutSeconds > 0 ? TimeSpan.FromSeconds(settings.RequestTimeoutSeconds) : TimeSpan.FromDays(1),
            Nodes = nodes,
            OneOfSeveral = config.Etcd is not null,
            ServiceRange = config.ServiceRange,
            NodePortFirst = firstPort,
            NodePortLast = lastPort,
        });
        IPEndPoint[] listen = bind.Equals(IPAddress.Any) || gateway is null || gateway.Equals(bind)
            ? [new(bind, config.ApiPort)]
            : [new(bind, config.ApiPort), new(gateway, config.ApiPort)];
        var listener = new ApiListener(new ApiListenerOptions(listen), pki, server.HandleAsync, time, loggers);
        var presence = config.Etcd is null ? null : ServerPresence.Of(config, reachable, store, indexer, server, time, loggers);
        return new(stored, pki, rbac, server, listener, address, accounts, running, audit, presence, aggregation)
        {
            Restores = restores,
            _metrics = metrics,
            _following = stop => Task.WhenAll(
                shared?.RunAsync(stop) ?? Task.CompletedTask,
                followed.RunAsync(stored, authorizer, metrics, config.NodeName, loggers.CreateLogger("Proa.ApiServer.Configuration"), stop)),
        };
    }

    /// <summary>What the server's certificate names, and where it lies.</summary>
    public static PkiOptions PkiOf(ClusterPaths paths, ClusterConfig config, IPAddress? gateway) => new(
        paths.Pki, [config.NodeName, Environment.MachineName],
        [.. new[] { IPAddress.Parse(config.Bind), Local(config), Ranges.Nth(config.ServiceRange, 1), Reachable(config, gateway) }.Distinct()])
    {
        ClusterDomain = config.Domain,
    };

    /// <summary>Where this machine reaches it.</summary>
    private static IPAddress Local(ClusterConfig config)
    {
        var bind = IPAddress.Parse(config.Bind);
        return bind.Equals(IPAddress.Any) ? IPAddress.Loopback : bind;
    }

    /// <summary>Where pods and other machines reach it.</summary>
    private static IPAddress Reachable(ClusterConfig config, IPAddress? gateway) =>
        config.AdvertiseAddress is { } told ? IPAddress.Parse(told) : gateway ?? Local(config);

    /// <summary>Accepts connections and answers until cancelled.</summary>
    /// <exception cref="UserException">The port is taken.</exception>
    public async Task ServeAsync(Action started, CancellationToken ct)
    {
        var following = Task.WhenAll(_rbac.RunAsync(ct), Server.RunAsync(ct), _presence?.Invoke(ct) ?? Task.CompletedTask, _following(ct), _audit?.RunAsync(ct) ?? Task.CompletedTask);
        using var stopping = ct.Register(_running.Stop);
        try
        {
            await _listener.RunAsync(
                () =>
                {
                    _running.Start();
                    started();
                },
                ct);
        }
        catch (IOException e)
        {
            throw new UserException($"the API cannot listen on port {Address.Port}: {e.Message}", "stop what uses the port, or choose another with --api-port");
        }
        await following;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _audit?.Dispose();
        _aggregation.Dispose();
        _metrics.Parts?.Dispose();
        Pki.Dispose();
    }
}
