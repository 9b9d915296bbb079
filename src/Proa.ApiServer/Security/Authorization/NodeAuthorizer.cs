using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// What a node agent may do: the rules of the cluster role <c>system:node</c>, and of those only what concerns the node itself
/// and the pods bound to it. See "Using Node Authorization" in the reference.
/// </summary>
internal sealed class NodeAuthorizer(RbacCache cache, IObjectStore store)
{
    private const string UserPrefix = "system:node:";
    private readonly PodReferences _references = new(store);

    /// <summary>The node whose agent the user is, or null.</summary>
    public static string? NodeName(UserInfo user) =>
        user.Name.Length > UserPrefix.Length && user.Name.StartsWith(UserPrefix, StringComparison.Ordinal) && user.InGroup("system:nodes")
            ? user.Name[UserPrefix.Length..]
            : null;

    public Decision Authorize(string node, RequestInfo request)
    {
        if (!CoveredByRole(request))
        {
            return Decision.NoOpinion;
        }
        return request.IsResource && Narrower(node, request) is { } refusal ? new(false, refusal) : Decision.Allow;
    }

    private bool CoveredByRole(RequestInfo request)
    {
        foreach (var rule in cache.ClusterRole("system:node"))
        {
            if (RuleMatch.Covers(rule, request))
            {
                return true;
            }
        }
        return false;
    }

    /// <returns>Why the node may not, or null.</returns>
    private string? Narrower(string node, RequestInfo request) => (request.Group, request.Resource) switch
    {
        ("", "secrets") => Referred(node, "secret", request),
        ("", "configmaps") => Referred(node, "configmap", request),
        ("", "persistentvolumeclaims") => Referred(node, "persistentvolumeclaim", request),
        ("", "serviceaccounts") => request.Subresource.Length > 0 || request.Verb == "get" ? Referred(node, "serviceaccount", request) : null,
        ("", "nodes") => Own(node, request),
        ("", "pods") => Bound(node, request),
        ("coordination.k8s.io", "leases") => request.Namespace != "kube-node-lease" ? "can only access leases in the \"kube-node-lease\" system namespace" : Own(node, request),
        ("storage.k8s.io", "csinodes") => Own(node, request),
        _ => null,
    };

    private static string? Own(string node, RequestInfo request) =>
        request.Verb is "create" or "list" or "watch" || (request.Verb is "get" && request.Resource == "nodes") || request.Name == node
            ? null
            : $"node \"{node}\" cannot {request.Verb} {(request.Resource == "nodes" ? "node" : request.Resource)} \"{request.Name}\", only its own";

    private string? Bound(string node, RequestInfo request)
    {
        if (request.Name.Length == 0 || request.Verb is "create" or "list" or "watch")
        {
            return null;
        }
        // An absent pod is for the verb to report.
        return store.Get(new("pods", request.Namespace, request.Name)) is { } pod && PodReferences.NodeOf(pod) != node
            ? NoRelation(node)
            : null;
    }

    private string? Referred(string node, string kind, RequestInfo request)
    {
        if (request.Name.Length == 0)
        {
            return $"can only read {kind}s by name";
        }
        return _references.Exists(node, request.Namespace, kind, request.Name) ? null : NoRelation(node);
    }

    private static string NoRelation(string node) => $"no relationship found between node '{node}' and this object";
}
