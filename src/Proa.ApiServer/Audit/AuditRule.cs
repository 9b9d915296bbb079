using Proa.ApiServer.Security;

namespace Proa.ApiServer.Audit;

/// <summary>Which requests are recorded at which level. What is empty matches all. Immutable.</summary>
internal sealed record AuditRule(AuditLevel Level)
{
    public IReadOnlyList<string> Users { get; init; } = [];

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<string> Verbs { get; init; } = [];

    public IReadOnlyList<AuditResources> Resources { get; init; } = [];

    public IReadOnlyList<string> Namespaces { get; init; } = [];

    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Those of the whole policy included.</summary>
    public IReadOnlyList<string> OmitStages { get; init; } = [];

    public bool OmitManagedFields { get; init; }

    public bool Matches(UserInfo? user, RequestInfo request)
    {
        if ((Users.Count > 0 && (user is null || !Users.Contains(user.Name)))
            || (Groups.Count > 0 && (user is null || !user.Groups.Any(Groups.Contains)))
            || (Verbs.Count > 0 && !Verbs.Contains(request.Verb)))
        {
            return false;
        }
        if (Namespaces.Count > 0 || Resources.Count > 0)
        {
            return request.IsResource && (Namespaces.Count == 0 || Namespaces.Contains(request.Namespace))
                && (Resources.Count == 0 || Resources.Any(resources => resources.Matches(request)));
        }
        return Paths.Count == 0 || (!request.IsResource && Paths.Any(path => HasPath(path, request.Path)));
    }

    private static bool HasPath(string rule, string path) =>
        rule == "*" || rule == path || (rule.EndsWith('*') && path.StartsWith(rule.TrimEnd('*'), StringComparison.Ordinal));
}

/// <param name="Group">Empty: the core group; <c>*</c>: all.</param>
/// <param name="Resources"><c>pods</c>, <c>pods/log</c>, <c>pods/*</c>, <c>*/scale</c>, <c>*</c>; none: all of the group.</param>
internal sealed record AuditResources(string Group, IReadOnlyList<string> Resources, IReadOnlyList<string> Names)
{
    public bool Matches(RequestInfo request)
    {
        if (Group != request.Group && Group != "*")
        {
            return false;
        }
        return Resources.Count == 0 || ((Names.Count == 0 || Names.Contains(request.Name)) && Resources.Any(resource => HasResource(resource, request)));
    }

    private static bool HasResource(string rule, RequestInfo request)
    {
        if (rule == "*" || (rule.EndsWith("/*", StringComparison.Ordinal) && request.Resource == rule[..^2]))
        {
            return true;
        }
        return request.Subresource.Length == 0
            ? rule == request.Resource
            : rule == $"{request.Resource}/{request.Subresource}" || rule == $"*/{request.Subresource}";
    }
}
