using Proa.Api.Models.Rbac;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Asks in this order, the first that allows wins: administrators may all, nodes what their pods need, others by RBAC.</summary>
public sealed class ClusterAuthorizer : IAuthorizer, IRuleSource
{
    private readonly NodeAuthorizer _nodes;
    private readonly RbacAuthorizer _rbac;

    public ClusterAuthorizer(RbacCache cache, IObjectStore store)
    {
        _nodes = new(cache, store);
        _rbac = new(cache);
    }

    public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return new(Decision.Allow);
        }
        var byNode = NodeAuthorizer.NodeName(user) is { } node ? _nodes.Authorize(node, request) : Decision.NoOpinion;
        if (byNode.Allowed || _rbac.Allows(user, request))
        {
            return new(Decision.Allow);
        }
        return new(byNode);
    }

    /// <summary>As <see cref="AuthorizeAsync"/>, but says also why a request is allowed: for access reviews.</summary>
    public Decision Review(UserInfo user, RequestInfo request)
    {
        if (user.InGroup(UserInfo.AdministratorsGroup))
        {
            return Decision.Allow;
        }
        var byNode = NodeAuthorizer.NodeName(user) is { } node ? _nodes.Authorize(node, request) : Decision.NoOpinion;
        return byNode.Allowed ? byNode : _rbac.Explain(user, request) is { } why ? new(true, why) : byNode;
    }

    /// <summary>All that a user may do in a namespace, as rules.</summary>
    public IReadOnlyList<PolicyRule> RulesFor(UserInfo user, string ns) => user.InGroup(UserInfo.AdministratorsGroup)
        ? [.. s_all, .. _rbac.RulesFor(user, ns)]
        : _rbac.RulesFor(user, ns);

    private static readonly PolicyRule[] s_all =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceURLs = ["*"] },
    ];
}
