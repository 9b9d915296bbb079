using Proa.Api.Models.Rbac;
using Proa.ApiServer.Metrics;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// Asks in this order, the first that allows or denies wins: administrators may all, nodes what their pods need, others by RBAC;
/// or in the order of an AuthorizationConfiguration, which may be replaced while requests run.
/// </summary>
public sealed class ClusterAuthorizer : IAuthorizer, IRuleSource
{
    private readonly NodeAuthorizer _nodes;
    private readonly RbacAuthorizer _rbac;
    private readonly AuthorizationMetrics _metrics;
    private volatile ConfiguredAuthorizer[]? _configured;

    public ClusterAuthorizer(RbacCache cache, IObjectStore store, RequestMetrics? metrics = null)
    {
        _nodes = new(cache, store);
        _rbac = new(cache);
        _metrics = metrics?.Authorization ?? new();
    }

    /// <summary>Takes a configuration over. Requests that are under way end with what they began with.</summary>
    public void Replace(IReadOnlyList<AuthorizerSettings> settings, TimeProvider time) =>
        _configured = [.. settings.Select(one => new ConfiguredAuthorizer(one, one.Webhook is { } webhook ? new(one.Name, webhook, _metrics, time) : null))];

    public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return new(Decision.Allow);
        }
        if (_configured is { } configured)
        {
            return ChainAsync(configured, user, request, explain: false, ct);
        }
        var byNode = ByNode(user, request);
        return new(byNode.Allowed || _rbac.Allows(user, request) ? Decision.Allow : byNode);
    }

    /// <summary>As <see cref="AuthorizeAsync"/>, but says also why a request is allowed: for access reviews.</summary>
    public ValueTask<Decision> ReviewAsync(UserInfo user, RequestInfo request, CancellationToken ct)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return new(Decision.Allow);
        }
        if (_configured is { } configured)
        {
            return ChainAsync(configured, user, request, explain: true, ct);
        }
        var byNode = ByNode(user, request);
        return new(byNode.Allowed ? byNode : _rbac.Explain(user, request) is { } why ? new(true, why) : byNode);
    }

    /// <summary>All that a user may do in a namespace by roles, as rules.</summary>
    public IReadOnlyList<PolicyRule> RulesFor(UserInfo user, string ns)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return [.. s_all, .. _rbac.RulesFor(user, ns)];
        }
        return _configured is { } configured && !Array.Exists(configured, static one => one.Settings.Type == "RBAC") ? [] : _rbac.RulesFor(user, ns);
    }

    private Decision ByNode(UserInfo user, RequestInfo request) => NodeAuthorizer.NodeName(user) is { } node ? _nodes.Authorize(node, request) : Decision.NoOpinion;

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
                "RBAC" when explain => _rbac.Explain(user, request) is { } why ? new(true, why) : Decision.NoOpinion,
                "RBAC" => _rbac.Allows(user, request) ? Decision.Allow : Decision.NoOpinion,
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

    private static readonly PolicyRule[] s_all =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceURLs = ["*"] },
    ];

    private sealed record ConfiguredAuthorizer(AuthorizerSettings Settings, WebhookAuthorizer? Webhook);
}
