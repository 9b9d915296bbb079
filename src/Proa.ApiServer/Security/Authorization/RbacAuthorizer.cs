using Proa.Api.Models.Rbac;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Role-based access: a request passes when a rule of a role bound to its user covers it. Thread-safe.</summary>
internal sealed class RbacAuthorizer(RbacCache cache)
{
    private static readonly RbacCache.Visitor<Search> s_find = static (RbacCache.Binding binding, IReadOnlyList<PolicyRule> rules, ref Search search) =>
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (RuleMatch.Covers(rules[i], search.Request))
            {
                search.Found = binding;
                return false;
            }
        }
        return true;
    };

    /// <summary>Of a refusal the reason names the roles that bindings of the user name and that do not exist.</summary>
    public Decision Decide(UserInfo user, RequestInfo request) => Find(user, request) is null ? Refusal(user, request) : Decision.Allow;

    /// <summary>As <see cref="Decide"/>, and says which binding allows a request.</summary>
    public Decision Explain(UserInfo user, RequestInfo request)
    {
        if (Find(user, request) is not { } binding)
        {
            return Refusal(user, request);
        }
        var kind = binding.Key.Namespace.Length == 0 ? "ClusterRoleBinding" : "RoleBinding";
        var name = binding.Key.Namespace.Length == 0 ? binding.Key.Name : $"{binding.Key.Name}/{binding.Key.Namespace}";
        var role = binding.Role.Resource.StartsWith('c') ? "ClusterRole" : "Role";
        var subject = binding.Subjects.Contains("u:" + user.Name)
            ? Subject(user.Name)
            : $"Group \"{user.Groups.First(group => binding.Subjects.Contains("g:" + group))}\"";
        return new(true, $"RBAC: allowed by {kind} \"{name}\" of {role} \"{binding.Role.Name}\" to {subject}");
    }

    /// <summary>All rules that a user has in a namespace.</summary>
    public List<PolicyRule> RulesFor(UserInfo user, string ns)
    {
        var rules = new List<PolicyRule>();
        cache.Visit(user, ns, ref rules, static (RbacCache.Binding _, IReadOnlyList<PolicyRule> found, ref List<PolicyRule> all) =>
        {
            all.AddRange(found);
            return true;
        });
        return rules;
    }

    private RbacCache.Binding? Find(UserInfo user, RequestInfo request)
    {
        var search = new Search(request);
        cache.Visit(user, request.IsResource ? request.Namespace : "", ref search, s_find);
        return search.Found;
    }

    private Decision Refusal(UserInfo user, RequestInfo request)
    {
        var missing = cache.MissingRoles(user, request.IsResource ? request.Namespace : "");
        return missing switch
        {
            [] => Decision.NoOpinion,
            [var one] => new(false, $"RBAC: {one}"),
            _ => new(false, $"RBAC: [{string.Join(", ", missing)}]"),
        };
    }

    private static string Subject(string user) => user.Split(':') is ["system", "serviceaccount", var ns, var name]
        ? $"ServiceAccount \"{name}/{ns}\""
        : $"User \"{user}\"";

    private struct Search(RequestInfo request)
    {
        public RequestInfo Request { get; } = request;

        public RbacCache.Binding? Found { get; set; }
    }
}
