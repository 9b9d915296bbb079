using System.Net;
using Proa.Api.Schema;
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
using Proa.ApiServer.Tables;
using Proa.Store;

namespace Proa.ApiServer.Tests;

/// <summary>The server with all that belongs to it: identities, roles, first objects, discovery, tables, reviews.</summary>
public sealed class WholeServer : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly ClusterPki _pki;
    private readonly ApiAggregation _aggregation;
    private readonly string _folder;
    private readonly CancellationTokenSource _stop;
    private readonly Task _running;

    private WholeServer(TestServer server, ClusterPki pki, ApiAggregation aggregation, string folder, CancellationTokenSource stop, Task running) =>
        (_server, _pki, _aggregation, _folder, _stop, _running) = (server, pki, aggregation, folder, stop, running);

    /// <summary>What was asked of it, by whom, and what came of it.</summary>
    public string AuditFile => AuditPath(_folder);

    public HttpClient Http => _server.Http;

    public ApiServer Server => _server.Server;

    public ClusterPki Pki => _pki;

    public IObjectStore Store => _server.Store;

    /// <summary>A bearer token of the cluster's administrator.</summary>
    public string Token => _pki.AdminToken;

    public static Task<WholeServer> StartAsync(params ITokenSource[] sources) => StartAsync(recording: false, sources);

    /// <param name="recording">Requests wait for seats and are recorded, which costs memory that budgets do not know.</param>
    public static async Task<WholeServer> StartAsync(bool recording, params ITokenSource[] sources)
    {
        var folder = Directory.CreateTempSubdirectory("proa-api-").FullName;
        var time = TimeProvider.System;
        var pki = ClusterPki.LoadOrCreate(new PkiOptions(folder, ["test"], [IPAddress.Loopback]), time);
        RbacCache? rbac = null;
        ApiAggregation? aggregation = null;
        var metrics = new RequestMetrics();
        IObjectStore? store = null;
        var server = await TestServer.StartAsync(options =>
        {
            store = options.Store;
            rbac = new RbacCache(options.Store);
            var authorizer = new ClusterAuthorizer(rbac, options.Store);
            var accounts = new ServiceAccountTokens(pki.SigningKey, options.Store, time);
            var tokens = new BearerTokens(pki.AdminToken, [accounts, new BootstrapTokens(options.Store, time), .. sources]);
            aggregation = new ApiAggregation(new ApiAggregationOptions
            {
                Store = options.Store,
                Types = options.Types,
                Clock = time,
                Logging = options.Logging,
                Certificate = pki.FrontProxy,
                FrontProxy = new FrontProxyOptions(pki.FrontProxyAuthority),
                AuthorityPem = pki.Authority.CertificatePem,
            });
            return options with
            {
                Aggregation = aggregation,
                Metrics = metrics,
                Flow = recording ? new FlowControl(600, options.Store, time) : null,
                Audit = !recording ? null : new AuditLog(AuditPolicy.Read("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]"), new(AuditPath(folder), 0, 0, TimeSpan.Zero), time),
                Authenticator = new RequestAuthenticator(pki.Authority, tokens, authorizer, time, frontProxies: new FrontProxyOptions(pki.FrontProxyAuthority)),
                Authorizer = authorizer,
                TokenIssuer = accounts,
                Endpoints =
                [
                    new DiscoveryEndpoint(options.Types, "127.0.0.1:6443", aggregation), new OpenIdEndpoint(accounts, "127.0.0.1:6443"), new HealthEndpoint([]),
                    new OpenApiEndpoint(options.Types, SchemaRegistry.BuiltIn, aggregation), new MetricsEndpoint(metrics, null, options.Types, options.Store, null, aggregation),
                    new VersionEndpoint(),
                ],
                Tables = new TableRenderer(time),
                VirtualResources = ReviewResources.All(tokens, authorizer, time),
            };
        });
        await new Bootstrapper(
            new BootstrapOptions(IPAddress.Parse("10.96.0.1"), IPAddress.Loopback, 6443, pki.Authority.CertificatePem) { FrontProxy = new(pki.FrontProxyAuthority) },
            store!, ObjectIndexing.For(server.Types), time).EnsureAsync(CancellationToken.None);
        var stop = new CancellationTokenSource();
        return new(server, pki, aggregation!, folder, stop, Task.WhenAll(rbac!.RunAsync(stop.Token), server.Server.RunAsync(stop.Token)));
    }

    private static string AuditPath(string folder) => Path.Combine(folder, "audit.log");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _server.DisposeAsync();
        _aggregation.Dispose();
        _pki.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
