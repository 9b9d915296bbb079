namespace Proa.ApiServer.OpenApi;

/// <summary>How operations and their tags are named: generators of clients make method and class names of them. Pure.</summary>
internal static class OperationNames
{
    // rbac.authorization.k8s.io: RbacAuthorization; stable.example.com: StableExampleCom
    public static string Group(string group)
    {
        const string Suffix = ".k8s.io";
        if (group.Length == 0)
        {
            return "Core";
        }
        var rest = group.EndsWith(Suffix, StringComparison.Ordinal) ? group[..^Suffix.Length] : group;
        return string.Concat(rest.Split('.').Select(Upper));
    }

    /// <summary>Such as <c>rbacAuthorization</c>.</summary>
    public static string Tag(string group) => Group(group) is [var first, .. var rest] ? char.ToLowerInvariant(first) + rest : "";

    /// <summary>With its first letter in upper case.</summary>
    public static string Upper(string word) => word is [var first, .. var rest] ? char.ToUpperInvariant(first) + rest : word;
}
