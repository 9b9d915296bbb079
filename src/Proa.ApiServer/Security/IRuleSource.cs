using Proa.Api.Models.Rbac;

namespace Proa.ApiServer.Security;

/// <summary>An authorizer that can tell what it allows as rules. Thread-safe.</summary>
public interface IRuleSource
{
    /// <summary>All that a user may do by roles, in a namespace and cluster-wide.</summary>
    /// <param name="ns">Empty: only cluster-wide.</param>
    IReadOnlyList<PolicyRule> RulesFor(UserInfo user, string ns);
}
