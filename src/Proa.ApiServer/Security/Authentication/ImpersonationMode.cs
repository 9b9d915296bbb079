using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Tokens;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// One way to be allowed to act as somebody. All but the oldest ask first whether the very request may be made so, by the verb
/// <c>impersonate-on:MODE:VERB</c>, then for each part of whom the user wants to be, by <c>impersonate:MODE</c>. Thread-safe.
/// </summary>
internal sealed class ImpersonationMode
{
    private const string NodePrefix = "system:node:";
    private const string AccountPrefix = "system:serviceaccount:";
    private const string NodesGroup = "system:nodes";
    private const string ReviewGroup = "authentication.k8s.io";
    private const string NodeKeys = "authentication.kubernetes.io/associated-node-keys";
    private const string AssociatedNode = "associated-node";

    // From so many on, one question about all of them is tried first.
    private const int Many = 4;
    private readonly IAuthorizer _authorizer;
    private readonly string _name;
    private readonly string _verb;
    private readonly Func<UserInfo, UserInfo, bool> _fits;

    private ImpersonationMode(IAuthorizer authorizer, string name, Func<UserInfo, UserInfo, bool> fits) =>
        (_authorizer, _name, _fits, _verb) = (authorizer, name, fits, name.Length == 0 ? "impersonate" : $"impersonate:{name}");

    /// <summary>The verb that allows it; empty where it is allowed for all requests.</summary>
    public string Constraint => IsConstrained ? _verb : "";

    private bool IsConstrained => _name.Length > 0;

    /// <summary>In the order in which they are tried.</summary>
    public static ImpersonationMode[] All(IAuthorizer authorizer) =>
    [
        new(authorizer, AssociatedNode, static (wanted, user) => HasOnlyName(wanted) && Node(wanted.Name) is { } node
            && Account(user.Name) is not null && user.Extra.GetValueOrDefault(UserExtra.NodeName) is [var own] && own == node),
        new(authorizer, "arbitrary-node", static (wanted, _) => HasOnlyName(wanted) && Node(wanted.Name) is not null),
        new(authorizer, "serviceaccount", static (wanted, _) => HasOnlyName(wanted) && Account(wanted.Name) is not null),
        new(authorizer, "user-info", static (wanted, _) => Node(wanted.Name) is null && Account(wanted.Name) is null),
        new(authorizer, "", static (_, _) => true),
    ];

    /// <summary>Whether such a user can be wanted in this way at all.</summary>
    public bool Fits(UserInfo wanted, UserInfo user) => _fits(wanted, user);

    public async ValueTask<(UserInfo? User, Status? Error)> CheckAsync(UserInfo wanted, UserInfo user, RequestInfo request, CancellationToken ct)
    {
        if (IsConstrained && await RefusalAsync(user, request with { Verb = $"impersonate-on:{_name}:{request.Verb}" }, ct) is { } refused)
        {
            return (null, refused);
        }
        var no = await NameAsync(wanted, user, ct) ?? await UidAsync(wanted, user, ct) ?? await GroupsAsync(wanted, user, ct) ?? await ExtraAsync(wanted, user, ct);
        return no is null ? (Become(wanted), null) : (null, no);
    }

    private UserInfo Become(UserInfo wanted)
    {
        List<string> groups = [.. wanted.Groups];
        if (groups.Count == 0 && Account(wanted.Name) is var (ns, _))
        {
            groups.AddRange(TokenClaims.Groups(ns));
        }
        else if (IsConstrained && Node(wanted.Name) is not null)
        {
            groups.Add(NodesGroup);
        }
        if (wanted.Name == UserInfo.Anonymous.Name)
        {
            Add(groups, UserInfo.UnauthenticatedGroup);
        }
        else if (!groups.Contains(UserInfo.UnauthenticatedGroup))
        {
            Add(groups, UserInfo.AuthenticatedGroup);
        }
        return wanted with { Groups = groups };
    }

    private static void Add(List<string> groups, string group)
    {
        if (!groups.Contains(group))
        {
            groups.Add(group);
        }
    }

    private ValueTask<Status?> NameAsync(UserInfo wanted, UserInfo user, CancellationToken ct)
    {
        var ask = Ask(IsConstrained ? ReviewGroup : "", "users", wanted.Name);
        if (Account(wanted.Name) is var (ns, name))
        {
            ask = ask with { Resource = "serviceaccounts", Namespace = ns, Name = name };
        }
        else if (IsConstrained && Node(wanted.Name) is { } node)
        {
            ask = ask with { Resource = "nodes", Name = node };
        }
        return RefusalAsync(user, ask, ct);
    }

    private ValueTask<Status?> UidAsync(UserInfo wanted, UserInfo user, CancellationToken ct) =>
        wanted.Uid.Length == 0 ? default : RefusalAsync(user, Ask(ReviewGroup, "uids", wanted.Uid), ct);

    private async ValueTask<Status?> GroupsAsync(UserInfo wanted, UserInfo user, CancellationToken ct)
    {
        var ask = Ask(IsConstrained ? ReviewGroup : "", "groups", "");
        if (IsConstrained)
        {
            if (wanted.Groups.Contains(""))
            {
                return ForbiddenStatus.Of(user, ask, "impersonating the empty string group is not allowed");
            }
            if (wanted.Groups.Contains(UserInfo.AdministratorsGroup))
            {
                return ForbiddenStatus.Of(user, ask with { Name = UserInfo.AdministratorsGroup }, "impersonating the system:masters group is not allowed");
            }
            if (wanted.Groups.Count >= Many && await RefusalAsync(user, ask with { Name = "*" }, ct) is null)
            {
                return null;
            }
        }
        foreach (var group in wanted.Groups)
        {
            if (await RefusalAsync(user, ask with { Name = group }, ct) is { } refused)
            {
                return refused;
            }
        }
        return null;
    }

    private async ValueTask<Status?> ExtraAsync(UserInfo wanted, UserInfo user, CancellationToken ct)
    {
        var ask = Ask(ReviewGroup, "userextras", "");
        if (IsConstrained && wanted.Extra.Count > 0)
        {
            if (WrongExtra(wanted) is { } wrong)
            {
                return ForbiddenStatus.Of(user, ask, wrong);
            }
            var isLarge = wanted.Extra.Count >= Many || wanted.Extra.Sum(static extra => extra.Value.Count) >= Many;
            if (isLarge && await RefusalAsync(user, ask with { Subresource = "*", Name = "*" }, ct) is null)
            {
                return null;
            }
        }
        foreach (var (key, values) in wanted.Extra)
        {
            foreach (var value in values)
            {
                if (await RefusalAsync(user, ask with { Subresource = key, Name = value }, ct) is { } refused)
                {
                    return refused;
                }
            }
        }
        return null;
    }

    private static string? WrongExtra(UserInfo wanted)
    {
        foreach (var (key, values) in wanted.Extra)
        {
            if (key.Length == 0)
            {
                return "impersonating the empty string key in extra is not allowed";
            }
            var errors = new FieldErrors();
            DomainPaths.Check(key, "extra.key", errors);
            if (errors.Count > 0)
            {
                return $"impersonating an invalid key in extra is not allowed: {FieldError.Aggregate(errors.All)}";
            }
            if (values.Contains(""))
            {
                return "impersonating the empty string value in extra is not allowed";
            }
        }
        return null;
    }

    private async ValueTask<Status?> RefusalAsync(UserInfo user, RequestInfo ask, CancellationToken ct)
    {
        if (_name == AssociatedNode)
        {
            // The same for all pods of the account: neither which node it is nor what else is known of the pod counts.
            user = user with { Extra = new Dictionary<string, IReadOnlyList<string>> { [NodeKeys] = [.. user.Extra.Keys.Order(StringComparer.Ordinal)] } };
            ask = ask.Verb == _verb ? ask with { Name = "*" } : ask;
        }
        var decision = await _authorizer.AuthorizeAsync(user, ask, ct);
        return decision.Allowed ? null : ForbiddenStatus.Of(user, ask, Why(decision));
    }

    private static string Why(in Decision decision) => (decision.Error ?? "", decision.Reason) switch
    {
        ({ Length: 0 }, var reason) => reason,
        (var error, { Length: 0 }) => error,
        var (error, reason) => $"{error}: {reason}",
    };

    private RequestInfo Ask(string group, string resource, string name) => new(_verb, "")
    {
        IsResource = true,
        Group = group,
        Version = "v1",
        Resource = resource,
        Name = name,
    };

    private static bool HasOnlyName(UserInfo wanted) => wanted.Uid.Length == 0 && wanted.Groups.Count == 0 && wanted.Extra.Count == 0;

    private static string? Node(string user) =>
        user.StartsWith(NodePrefix, StringComparison.Ordinal) && Names.DnsSubdomain(user[NodePrefix.Length..]).Length == 0 ? user[NodePrefix.Length..] : null;

    private static (string Namespace, string Name)? Account(string user) =>
        user.StartsWith(AccountPrefix, StringComparison.Ordinal) && user[AccountPrefix.Length..].Split(':') is [var ns, var name]
            && Names.IsDnsLabel(ns) && Names.DnsSubdomain(name).Length == 0 ? (ns, name) : null;
}
