using Proa.Api.Models.Rbac;
using Proa.ApiServer.Metrics;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// Asks in this order, the first that allows or denies wins: administrators may all, nodes what their pods need, others by RBAC;
/// or in the order of an AuthorizationConfiguration, which may be replaced while requests run. Before anybody is refused, what was
/// acknowledged by any server until then is looked at: a role that was bound a moment ago counts.
/// </summary>
public sealed class ClusterAuthorizer : IAuthorizer, IRuleSource
{
    private readonly RbacCache _cache;
    private readonly IObjectStore _store;
    private readonly NodeAuthorizer _nodes;
    private readonly RbacAuthorizer _rbac;
    private readonly AuthorizationMetrics _metrics;
    private volatile ConfiguredAuthorizer[]? _configured;

    public ClusterAuthorizer(RbacCache cache, IObjectStore store, RequestMetrics? metrics = null)
    {
        (_cache, _store) = (cache, store);
        _nodes = new(cache, store);
        _rbac = new(cache);
        _metrics = metrics?.Authorization ?? new();
    }

    /// <summary>Takes a configuration over. Requests that are under way end with what they began with.</summary>
    public void Replace(IReadOnlyList<AuthorizerSettings> settings, TimeProvider time) =>
        _configured = [.. settings.Select(one => new ConfiguredAuthorizer(one, one.Webhook is { } webhook ? new(one.Name, webhook, _metrics, time) : null))];

    public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct) => DecideAsync(user, request, explain: false, ct);

    /// <summary>As <see cref="AuthorizeAsync"/>, but says also why a request is allowed: for access reviews.</summary>
    public ValueTask<Decision> ReviewAsync(UserInfo user, RequestInfo request, CancellationToken ct) => DecideAsync(user, request, explain: true, ct);

    private ValueTask<Decision> DecideAsync(UserInfo user, RequestInfo request, bool explain, CancellationToken ct)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return new(Decision.Allow);
        }
        var known = (_cache.Version, _store.Revision);
        var decision = AskAsync(user, request, explain, ct);
        return decision.IsCompletedSuccessfully && decision.Result.Allowed ? decision : AgainAsync(decision, known, user, request, explain, ct);
    }

    /// <summary>A refusal counts when there is nothing that this server has not seen yet.</summary>
    private async ValueTask<Decision> AgainAsync(
        ValueTask<Decision> first, (long Roles, long Objects) known, UserInfo user, RequestInfo request, bool explain, CancellationToken ct)
    {
        var decision = await first;
        if (decision.Allowed || decision.Denied || await _store.ReadBarrierAsync(ct) is not null)
        {
            return decision;
        }
        _cache.CatchUp();
        return known == (_cache.Version, _store.Revision) ? decision : await AskAsync(user, request, explain, ct);
    }

    private ValueTask<Decision> AskAsync(UserInfo user, RequestInfo request, bool explain, CancellationToken ct)
    {
        if (_configured is { } configured)
        {
            return ChainAsync(configured, user, request, explain, ct);
        }
        var byNode = ByNode(user, request);
        return new(byNode.Allowed ? byNode : Joined(byNode, explain ? _rbac.Explain(user, request) : _rbac.Decide(user, request)));
    }

    /// <summary>All that a user may do in a namespace by roles, as rules.</summary>
    public IReadOnlyList<PolicyRule> RulesFor(UserInfo user, string ns)
    {
        return _configured is { } configured && !Array.Exists(configured, static one => one.Settings.Type == "RBAC") ? [] : _rbac.RulesFor(user, ns);
    }

    private Decision ByNode(UserInfo user, RequestInfo request) => NodeAuthorizer.NodeName(user) is { } node
        ? _nodes.Authorize(node, request)
        : new(false, NodeAuthorizer.Unknown(user) ?? "");

    private static Decision Joined(in Decision first, in Decision second) => second.Allowed || first.Reason.Length == 0
        ? second
        : second.Reason.Length == 0 ? first : new(false, $"{first.Reason}\n{second.Reason}");

    private async ValueTask<Decision> ChainAsync(ConfiguredAuthorizer[] configured, UserInfo user, RequestInfo request, bool explain, CancellationToken ct)
    {
        var (reasons, errors) = (new List<string>(), new List<string>());
        foreach (var (settings, webhook) in configured)
        {
            var decision = settings.Type switch
            {
                "AlwaysAllow" => Decision.Allow,
                "AlwaysDeny" => new Decision(false, "Everything is forbidden."),
                "Node" => ByNode(user, request),
                "ABAC" => settings.Policies!.Authorize(user, request),
                "RBAC" when explain => _rbac.Explain(user, request),
                "RBAC" => _rbac.Decide(user, request),
                _ => await webhook!.AuthorizeAsync(user, request, ct),
            };
            if (decision.Allowed || decision.Denied)
            {
                _metrics.Decided(settings.Type, settings.Name, decision.Allowed ? "allowed" : "denied");
                return decision;
            }
            if (decision.Error is { Length: > 0 } error)
            {
                errors.Add(error);
            }
            if (decision.Reason.Length > 0)
            {
                reasons.Add(decision.Reason);
            }
        }
        return new(false, string.Join('\n', reasons)) { Error = errors.Count > 1 ? $"[{string.Join(", ", errors)}]" : errors.Count == 1 ? errors[0] : "" };
    }

    private sealed record ConfiguredAuthorizer(AuthorizerSettings Settings, WebhookAuthorizer? Webhook);
}
