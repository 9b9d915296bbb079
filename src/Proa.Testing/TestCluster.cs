using System.Net;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.Api.Yaml;
using Proa.ApiServer;
using Proa.ApiServer.Bootstrap;
using Proa.ApiServer.Discovery;
using Proa.ApiServer.Objects;
using Proa.ApiServer.OpenApi;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Security.Reviews;
using Proa.ApiServer.Security.Transport;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Controllers;
using Proa.Store;

namespace Proa.Testing;

/// <summary>
/// A Kubernetes API in this process: the real server over a store in memory, with the chosen controllers at work. There are no
/// nodes and no scheduler: a test plays their part where it needs one. Any number run side by side. Thread-safe.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    // Nobody in the cluster connects by it; a real one costs a key.
    private const string RootCa = "PEM";
    private const string ServerAddress = "127.0.0.1:6443";
    private readonly CancellationTokenSource _stop = new();
    private readonly IObjectStore _store;
    private readonly TypeCatalog _types;
    private readonly ApiServer.ApiServer _server;
    private readonly LazyIdentity _identity;
    private readonly TestClusterOptions _options;
    private readonly Task _running;
    private readonly SemaphoreSlim _listening = new(1, 1);
    private (Task Run, string Kubeconfig)? _listener;

    private TestCluster(IObjectStore store, TypeCatalog types, ApiServer.ApiServer server, LazyIdentity identity, RbacCache? roles, TestClusterOptions options)
    {
        (_store, _types, _server, _identity, _options) = (store, types, server, identity, options);
        Client = ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]));
        var informers = new InformerFactory(Client, options.Clock, options.Logging);
        Informers = informers;
        var managed = new ControllerManagerOptions { Controllers = options.Controllers, RootCaPem = RootCa, GarbageCollectionDelay = TimeSpan.Zero, SecretTokens = identity.IssueForSecret };
        var controllers = new ControllerManager(
            options.ConfigureControllers?.Invoke(managed) ?? managed,
            account => server.ClientFor(Controller(account), "kube-controller-manager"), informers, options.Clock, options.Logging);
        _running = Task.WhenAll(
            roles?.RunAsync(_stop.Token) ?? Task.CompletedTask, server.RunAsync(_stop.Token), informers.RunAsync(_stop.Token), controllers.RunAsync(_stop.Token));
    }

    /// <summary>Of an administrator; in this process, without a socket.</summary>
    public IClusterClient Client { get; }

    /// <summary>Caches over <see cref="Client"/>, running.</summary>
    public IInformerFactory Informers { get; }

    /// <summary>The time of everything in the cluster; the test may move it.</summary>
    public TestClock Clock => _options.Clock;

    /// <summary>Cancelled when the cluster is disposed: for what a test runs beside it.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Starts a cluster of its own.</summary>
    /// <exception cref="ArgumentException">The options name a controller that does not exist.</exception>
    public static async Task<TestCluster> StartAsync(TestClusterOptions? options = null)
    {
        options ??= new();
        var types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn);
        var store = ObjectStore.InMemory(options.Clock);
        await new Bootstrapper(
            new BootstrapOptions(IPAddress.Parse("10.96.0.1"), IPAddress.Loopback, 6443, RootCa), store, ObjectIndexing.For(types), options.Clock).EnsureAsync(CancellationToken.None);
        var roles = options.Authorization ? new RbacCache(store) : null;
        IAuthorizer authorizer = roles is null ? new Everything() : new ClusterAuthorizer(roles, store);
        var identity = new LazyIdentity(store, authorizer, options.Clock);
        var server = new ApiServer.ApiServer(new ApiServerOptions
        {
            Store = store,
            Types = types,
            Clock = options.Clock,
            Logging = options.Logging,
            Authenticator = identity,
            Authorizer = authorizer,
            TokenIssuer = identity,
            Endpoints = [new HealthEndpoint([]), new VersionEndpoint(), new DiscoveryEndpoint(types, ServerAddress), new OpenApiEndpoint(types, SchemaRegistry.BuiltIn)],
            Tables = new TableRenderer(options.Clock),
            VirtualResources = authorizer is ClusterAuthorizer roled
                ? [new LazyTokenReviews(identity, roled, options.Clock), .. ReviewResources.OfAccess(roled, options.Clock)]
                : [],
        });
        var cluster = new TestCluster(store, types, server, identity, roles, options);
        await cluster.WaitForAccountAsync();
        return cluster;
    }

    /// <summary>A client under another identity, whose rights are checked.</summary>
    public IClusterClient ClientFor(UserInfo user, string agent = "test") => _server.ClientFor(user, agent);

    /// <summary>A client as a service account.</summary>
    public IClusterClient ClientFor(string ns, string serviceAccount) => ClientFor(new UserInfo(
        $"system:serviceaccount:{ns}:{serviceAccount}", ["system:serviceaccounts", "system:serviceaccounts:" + ns, UserInfo.AuthenticatedGroup]));

    /// <summary>A kubeconfig for clients out of this process. The first call starts a listener on loopback, with TLS and a free port.</summary>
    public async Task<string> KubeconfigAsync()
    {
        await _listening.WaitAsync(_stop.Token);
        try
        {
            return (_listener ??= await ListenAsync()).Kubeconfig;
        }
        finally
        {
            _listening.Release();
        }
    }

    /// <summary>Applies manifests (YAML or JSON, several documents) as <c>kubectl apply --server-side --force-conflicts</c> would.</summary>
    /// <exception cref="ApiException">One was refused.</exception>
    public async Task ApplyAsync(string manifests)
    {
        foreach (var document in YamlTree.ParseAll(manifests).OfType<JsonObject>())
        {
            var gvk = GroupVersionKind.Of(document.String("apiVersion") ?? "", document.String("kind") ?? "");
            var type = await TypeAsync(gvk);
            var metadata = document.Object("metadata");
            var ns = type.Namespaced ? metadata?.String("namespace") ?? "default" : null;
            var path = new ResourcePath(type.Group, type.Version, type.Plural, ns, metadata?.String("name"));
            var applied = await Client.PatchAsync(path, PatchKind.Apply, JsonTree.ToUtf8(document), WriteOptions.Default with { FieldManager = "test", Force = true }, _stop.Token);
            if (!applied.Ok)
            {
                throw new ApiException(applied.Error);
            }
        }
    }

    /// <summary>Waits, by a watch, until an object is as expected.</summary>
    /// <param name="patience">Real time, not the cluster's; null: ten seconds.</param>
    /// <exception cref="TimeoutException">It did not become so; the message shows what stood last.</exception>
    public async Task<T> WaitAsync<T>(string? ns, string name, Func<T, bool> expected, TimeSpan? patience = null) where T : class, IResource<T>
    {
        T? last = null;
        using var late = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(10), TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        try
        {
            await foreach (var (kind, obj) in Client.WatchAsync<T>(ns, new WatchOptions(FieldSelector: $"metadata.name={name}"), both.Token))
            {
                last = kind == WatchKind.Deleted ? null : obj;
                if (last is not null && expected(last))
                {
                    return last;
                }
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // Told below.
        }
        var shown = last is null ? "there is none" : "last it was " + Encoding.UTF8.GetString(Proa.Api.Models.Model.ToUtf8(last));
        throw new TimeoutException($"{T.Resource.Kind} {name} did not become as expected; {shown}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listener is { } listener)
        {
            await listener.Run;
        }
        await _running;
        await _store.DisposeAsync();
        _identity.Dispose();
        _listening.Dispose();
        _stop.Dispose();
    }

    private static UserInfo Controller(string account) => account.StartsWith("system:", StringComparison.Ordinal) ? new(account, [UserInfo.AuthenticatedGroup]) : new(
        $"system:serviceaccount:kube-system:{account}", ["system:serviceaccounts", "system:serviceaccounts:kube-system", UserInfo.AuthenticatedGroup]);

    /// <summary>Pods can be made in <c>default</c> from the first moment on, where its service account is somebody's work.</summary>
    private async Task WaitForAccountAsync()
    {
        if (_options.Controllers.Split(',').Any(static name => name.Trim() is "*" or "serviceaccount"))
        {
            await WaitAsync<Proa.Api.Models.Core.ServiceAccount>("default", "default", static _ => true);
        }
    }

    /// <summary>A kind that was defined a moment ago is served a moment later.</summary>
    private async Task<ServedType> TypeAsync(GroupVersionKind gvk)
    {
        for (var attempt = 0; ; attempt++)
        {
            foreach (var type in _types.All)
            {
                if (type.Info.Gvk == gvk)
                {
                    return type;
                }
            }
            if (attempt == 100)
            {
                throw new InvalidOperationException($"no kind {gvk.Kind} in {gvk.ApiVersion} is served");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _stop.Token);
        }
    }

    private async Task<(Task Run, string Kubeconfig)> ListenAsync()
    {
        var listener = new ApiListener(
            new ApiListenerOptions([new IPEndPoint(IPAddress.Loopback, 0)]), _identity.Pki, _server.HandleAsync, _options.Clock, _options.Logging);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = listener.RunAsync(() => started.TrySetResult(), _stop.Token);
        await Task.WhenAny(started.Task, run);
        return (run, KubeconfigWriter.Render(_identity.Pki, $"https://{listener.Addresses[0]}", "test"));
    }

    private sealed class Everything : IAuthorizer
    {
        public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct) => new(Decision.Allow);
    }
}
