using Proa.ApiServer.Security;

namespace Proa.Cluster;

/// <summary>Under which user each part of the process reaches the API: the same users as in the original, with the same roles.</summary>
internal static class Identities
{
    /// <summary>The API server itself: shared informers, bootstrap.</summary>
    public static readonly UserInfo Loopback = new("system:apiserver", [UserInfo.AdministratorsGroup, "system:authenticated"]);

    public static readonly UserInfo Scheduler = new("system:kube-scheduler", ["system:authenticated"]);

    public static UserInfo Node(string name) => new($"system:node:{name}", ["system:nodes", "system:authenticated"]);

    /// <param name="account">A service account of <c>kube-system</c>, such as <c>deployment-controller</c>, or a user <c>system:…</c>.</param>
    public static UserInfo Controller(string account) => account.StartsWith("system:", StringComparison.Ordinal)
        ? new(account, ["system:authenticated"])
        : new($"system:serviceaccount:kube-system:{account}", ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]);
}
