using Proa.Api.Selectors;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// What a node agent may do: read and write its own Node, Lease and CSINode, the pods bound to it and what those use; for all
/// else the rules of the cluster role <c>system:node</c>. See "Using Node Authorization" in the reference.
/// </summary>
internal sealed class NodeAuthorizer(RbacCache cache, IObjectStore store)
{
    private const string UserPrefix = "system:node:";
    private const string LeaseNamespace = "kube-node-lease";
    private readonly PodReferences _references = new(store);

    /// <summary>The node whose agent the user is, or null.</summary>
    public static string? NodeName(UserInfo user) =>
        user.Name.Length > UserPrefix.Length && user.Name.StartsWith(UserPrefix, StringComparison.Ordinal) && user.InGroup("system:nodes")
            ? user.Name[UserPrefix.Length..]
            : null;

    /// <summary>Of who is in the nodes' group by a name that names no node: why nothing is allowed.</summary>
    public static string? Unknown(UserInfo user) =>
        user.Name == UserPrefix && user.InGroup("system:nodes") ? $"unknown node for user \"{user.Name}\"" : null;

    public Decision Authorize(string node, RequestInfo request)
    {
        if (!request.IsResource)
        {
            return ByRole(request);
        }
        return (request.Group, request.Resource) switch
        {
            ("", "secrets") => Read(node, request, "secret"),
            ("", "configmaps") => Read(node, request, "configmap"),
            ("", "persistentvolumeclaims") when request.Subresource == "status" => ClaimStatus(node, request),
            ("", "persistentvolumeclaims") => Get(node, request, "persistentvolumeclaim"),
            ("", "persistentvolumes") => Get(node, request, "persistentvolume"),
            ("resource.k8s.io", "resourceclaims") => Get(node, request, "resourceclaim"),
            ("storage.k8s.io", "volumeattachments") => Get(node, request, "volumeattachment"),
            ("", "serviceaccounts") => Account(node, request),
            ("coordination.k8s.io", "leases") => Lease(node, request),
            ("storage.k8s.io", "csinodes") => CsiNode(node, request),
            ("resource.k8s.io", "resourceslices") => Slice(node, request),
            ("", "nodes") => Node(node, request),
            ("", "pods") => Pod(node, request),
            _ => ByRole(request),
        };
    }

    private Decision ByRole(RequestInfo request)
    {
        foreach (var rule in cache.ClusterRole("system:node"))
        {
            if (RuleMatch.Covers(rule, request))
            {
                return Decision.Allow;
            }
        }
        return Decision.NoOpinion;
    }

    private Decision Read(string node, RequestInfo request, string kind) => request switch
    {
        { Verb: not ("get" or "list" or "watch") } => No("can only read resources of this type"),
        { Subresource.Length: > 0 } => No("cannot read subresource"),
        { Namespace.Length: 0 } => No("can only read namespaced object of this type"),
        _ => Related(node, request, kind),
    };

    private Decision Get(string node, RequestInfo request, string kind) => request switch
    {
        { Verb: not "get" } => No("can only get individual resources of this type"),
        { Subresource.Length: > 0 } => No("cannot get subresource"),
        _ => Related(node, request, kind),
    };

    private Decision ClaimStatus(string node, RequestInfo request) => request.Verb is "update" or "patch"
        ? Related(node, request, "persistentvolumeclaim")
        : No("can only get/update/patch this type");

    private Decision Account(string node, RequestInfo request)
    {
        if (request is { Verb: "get", Subresource.Length: 0 })
        {
            return Read(node, request, "serviceaccount");
        }
        if (request.Verb != "create" || request.Name.Length == 0)
        {
            return No("can only create tokens for individual service accounts");
        }
        return request.Subresource == "token" ? Related(node, request, "serviceaccount") : No("can only create token subresource of serviceaccount");
    }

    private static Decision Lease(string node, RequestInfo request)
    {
        if (request.Verb is not ("get" or "create" or "update" or "patch" or "delete"))
        {
            return No("can only get, create, update, patch, or delete a node lease");
        }
        if (request.Namespace != LeaseNamespace)
        {
            return No($"can only access leases in the \"{LeaseNamespace}\" system namespace");
        }
        // The name of a new one is for admission to check.
        return request.Verb == "create" || request.Name == node ? Decision.Allow : No("can only access node lease with the same name as the requesting node");
    }

    private static Decision CsiNode(string node, RequestInfo request)
    {
        if (request.Verb is not ("get" or "create" or "update" or "patch" or "delete"))
        {
            return No("can only get, create, update, patch, or delete a CSINode");
        }
        if (request.Subresource.Length > 0)
        {
            return No("cannot authorize CSINode subresources");
        }
        return request.Verb == "create" || request.Name == node ? Decision.Allow : No("can only access CSINode with the same name as the requesting node");
    }

    private Decision Slice(string node, RequestInfo request)
    {
        if (request.Subresource.Length > 0)
        {
            return No("cannot authorize ResourceSlice subresources");
        }
        return request.Verb switch
        {
            "create" => Decision.Allow,
            "get" or "update" or "patch" or "delete" => Related(node, request, "resourceslice"),
            "watch" or "list" or "deletecollection" => Selects(request, "spec.nodeName", node)
                ? Decision.Allow
                : No("can only list/watch/deletecollection resourceslices with nodeName field selector"),
            _ => No("only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection"),
        };
    }

    private static Decision Node(string node, RequestInfo request) => (request.Subresource, request.Verb) switch
    {
        // Which node is written is for admission to check.
        ("", "create" or "update" or "patch") or ("status", "update" or "patch") => Decision.Allow,
        ("", "get" or "list" or "watch") => request.Name == node ? Decision.Allow
            : No(request.Name.Length == 0
                ? $"node '{node}' cannot read all nodes, only its own Node object"
                : $"node '{node}' cannot read '{request.Name}', only its own Node object"),
        _ => Decision.NoOpinion,
    };

    private Decision Pod(string node, RequestInfo request)
    {
        switch (request.Subresource, request.Verb)
        {
            case ("", "get"):
                return Related(node, request, "pod");
            case ("", "list" or "watch"):
                return Selects(request, "spec.nodeName", node) ? Decision.Allow
                    : request.Name.Length > 0 ? Related(node, request, "pod")
                    : No("can only list/watch pods with spec.nodeName field selector");
            case ("", "create" or "delete") or ("status", "update" or "patch") or ("eviction", "create"):
                return Decision.Allow;
            default:
                return Decision.NoOpinion;
        }
    }

    private static bool Selects(RequestInfo request, string field, string value) =>
        request.FieldSelector.Length > 0 && FieldSelector.TryParse(request.FieldSelector, out var selector, out _)
        && selector.Terms.Any(term => term.IsEqual && term.Field == field && term.Value == value);

    private Decision Related(string node, RequestInfo request, string kind)
    {
        if (request.Name.Length == 0)
        {
            return No("No Object name found");
        }
        return _references.Exists(node, request.Namespace, kind, request.Name)
            ? Decision.Allow
            : No($"no relationship found between node '{node}' and this object");
    }

    private static Decision No(string reason) => new(false, reason);
}
