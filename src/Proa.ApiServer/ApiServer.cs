using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Admission.Policies;
using Proa.ApiServer.Admission.Webhooks;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.InProcess;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Security;
using Proa.ApiServer.Services;
using Proa.ApiServer.Streams;
using Proa.ApiServer.Subresources;
using Proa.ApiServer.Verbs;
using Proa.ApiServer.Webhooks;
using Proa.Client;

namespace Proa.ApiServer;

/// <summary>
/// The API server: one handler for Kestrel and any number of clients within the process, over one store. Thread-safe.
/// </summary>
public sealed class ApiServer
{
    private readonly RequestPipeline _pipeline;
    private readonly HttpAdapter _http;
    private readonly CustomResourceLoop _custom;
    private readonly PolicyStatusLoop _policies;
    private readonly ApiAggregation? _aggregation;
    private readonly FlowControl? _flow;
    private readonly FlowSchemaStatus? _flowStatus;
    private readonly FlowDefaults? _flowDefaults;
    private readonly ServiceClaims? _claims;

    private static readonly UserInfo s_self = new("system:apiserver", [UserInfo.AdministratorsGroup]);

    public ApiServer(ApiServerOptions options)
    {
        var hooks = new WebhookClient(new ServiceEndpoints(options.Store, options.Random), options.Clock);
        _claims = options.OneOfSeveral ? new ServiceClaims(options.Store, options.NodePortFirst, options.NodePortLast, options.Clock) : null;
        var admission = new AdmissionChain(
            AdmissionOrder.Of(options, new WebhookCaller(hooks, options.Types, options.Metrics.Admission, options.Clock), () => ClientFor(s_self, "proa"), _claims), options.Metrics.Admission, options.Clock);
        var answers = new Answers(options.Tables);
        var writer = new ObjectWriter(options.Store, admission, options.Metrics.Storage, options.Clock, options.Random);
        var deleter = new ObjectDeleter(writer, admission, options.Clock);
        var list = new ListVerb(options.Store, answers, options.Metrics.Storage);
        var patch = new PatchVerb(writer, answers, new ApplyVerb(writer, answers, options.Clock));
        var update = new UpdateVerb(writer, answers);
        var verbs = new VerbSet(
            new GetVerb(options.Store, answers),
            list,
            new WatchVerb(options.Store, answers, options.Clock, options.Random),
            new CreateVerb(writer, answers),
            update,
            patch,
            new DeleteVerb(deleter, answers),
            new DeleteCollectionVerb(list, deleter));
        var part = new PartSubresource(verbs);
        var streams = new PodStreamSubresource(options.Store, new SubresourceAdmission(admission), new PodStreams(options.Nodes, options.Clock));
        var connections = new SubresourceAdmission(admission);
        var binding = new BindingSubresource(writer, connections, () => options.Types.FindRules("", "v1", "pods")!, options.Clock);
        var proxy = new ProxySubresource(
            new ProxyLocator(options.Store, new ServiceEndpoints(options.Store, options.Random), options.AllowLoopbackProxy), new ProxyForwarder(),
            new NodePages(options.Store, options.Nodes, options.Endpoints, options.Clock), connections);
        var subresources = new SubresourceSet(new Dictionary<string, ISubresource>(StringComparer.Ordinal)
        {
            ["status"] = part,
            ["scale"] = new ScaleSubresource(writer, options.Store),
            ["namespaces/finalize"] = part,
            ["certificatesigningrequests.certificates.k8s.io/approval"] = part,
            ["pods/ephemeralcontainers"] = part,
            ["pods/resize"] = part,
            ["pods/binding"] = binding,
            ["pods/eviction"] = new EvictionSubresource(writer, deleter, connections, options.Types, options.Clock),
            ["pods/log"] = streams,
            ["pods/exec"] = streams,
            ["pods/attach"] = streams,
            ["pods/portforward"] = streams,
            ["proxy"] = proxy,
            ["serviceaccounts/token"] = new TokenSubresource(options.Store, options.TokenIssuer, connections, options.Clock),
        }.ToFrozenDictionary());
        var resources = new ResourceRouter(options.Types, verbs, subresources, options.VirtualResources, binding, connections, options.Store);
        _custom = new CustomResourceLoop(options.Types, writer, deleter, hooks, options.Clock, options.Logging.CreateLogger("Proa.ApiServer.CustomResources"));
        _pipeline = new RequestPipeline(
            options.Authenticator, options.Authorizer, options.Endpoints, resources, options.Aggregation?.Requests, _custom, options.Store, options.Metrics,
            options.Audit, options.Clock);
        _http = new HttpAdapter(
            _pipeline, new HttpAnswer(options.Clock), new RequestDeadlines(options.RequestTimeout, options.Clock), options.Metrics, options.Flow, options.Audit,
            options.Types, options.Clock, options.Logging.CreateLogger("Proa.ApiServer"));
        _policies = new PolicyStatusLoop(
            options.Store, options.Types, ClientFor(s_self, "proa"), options.Logging.CreateLogger("Proa.ApiServer.Policies"));
        _aggregation = options.Aggregation;
        _flow = options.Flow;
        _flowStatus = _flow is null ? null : new FlowSchemaStatus(options.Store, ClientFor(s_self, "proa"), options.Clock);
        _flowDefaults = _flow is null ? null : new FlowDefaults(options.Store, ClientFor(s_self, "proa"), options.Clock);
    }

    /// <summary>
    /// Keeps the served types in step with the CustomResourceDefinitions, the policies' statuses with the types, and the
    /// APIServices with both and with the servers behind them, until cancelled. Requests need not wait for it.
    /// </summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(
        _aggregation?.RunAsync(ClientFor(s_self, "kube-apiserver"), ct) ?? Task.CompletedTask,
        _custom.RunAsync(ct), _policies.RunAsync(ct), _flow?.RunAsync(ct) ?? Task.CompletedTask, _flowStatus?.RunAsync(ct) ?? Task.CompletedTask,
        _flowDefaults?.RunAsync(ct) ?? Task.CompletedTask,
        _claims?.RunAsync(ct) ?? Task.CompletedTask);

    /// <summary>Kestrel's handler for every request.</summary>
    public Task HandleAsync(HttpContext context) => _http.HandleAsync(context);

    /// <summary>A client without a socket, under the given identity; authorization and admission are in force.</summary>
    /// <param name="agent">Names the caller as the field manager of its writes, such as <c>kube-controller-manager</c>.</param>
    public IClusterClient ClientFor(UserInfo user, string agent) => new InProcessClient(_pipeline, user, agent);
}
