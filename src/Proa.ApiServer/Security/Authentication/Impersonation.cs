using System.Text;
using Microsoft.AspNetCore.Http;
using Proa.ApiServer.Security.Tokens;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>The <c>Impersonate-*</c> headers: acting as someone else, each part of whom the real user must be allowed to take.</summary>
internal sealed class Impersonation(IAuthorizer authorizer)
{
    private const string UserHeader = "Impersonate-User";
    private const string UidHeader = "Impersonate-Uid";
    private const string GroupHeader = "Impersonate-Group";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AccountPrefix = "system:serviceaccount:";

    public static bool IsAsked(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }

    public async ValueTask<AuthenticationResult> ApplyAsync(UserInfo user, IHeaderDictionary headers, CancellationToken ct)
    {
        var name = headers[UserHeader].ToString();
        var uid = headers[UidHeader].ToString();
        var groups = headers[GroupHeader].Select(group => group ?? "").ToList();
        var extra = Extra(headers);
        if (name.Length == 0)
        {
            return NoUser(uid, groups, extra);
        }
        var account = name.StartsWith(AccountPrefix, StringComparison.Ordinal) ? name[AccountPrefix.Length..].Split(':') : null;
        var asks = new List<RequestInfo>
        {
            account is [var ns, var accountName] ? Ask("", "serviceaccounts", accountName, ns) : Ask("", "users", name),
        };
        asks.AddRange(groups.Select(group => Ask("", "groups", group)));
        if (uid.Length > 0)
        {
            asks.Add(Ask("authentication.k8s.io", "uids", uid));
        }
        foreach (var (key, values) in extra)
        {
            asks.AddRange(values.Select(value => Ask("authentication.k8s.io", "userextras", value) with { Subresource = key }));
        }
        foreach (var ask in asks)
        {
            var decision = await authorizer.AuthorizeAsync(user, ask, ct);
            if (!decision.Allowed)
            {
                return ForbiddenStatus.Of(user, ask, decision.Reason);
            }
        }
        if (groups.Count == 0 && account is [var accountNamespace, _])
        {
            groups.AddRange(TokenClaims.Groups(accountNamespace));
        }
        AddDefaultGroup(name, groups);
        return new(new UserInfo(name, groups) { Uid = uid, Extra = extra }, null) { Impersonator = user };
    }

    private static void AddDefaultGroup(string name, List<string> groups)
    {
        if (name == UserInfo.Anonymous.Name)
        {
            if (!groups.Contains(UserInfo.UnauthenticatedGroup))
            {
                groups.Add(UserInfo.UnauthenticatedGroup);
            }
        }
        else if (!groups.Contains(UserInfo.AuthenticatedGroup) && !groups.Contains(UserInfo.UnauthenticatedGroup))
        {
            groups.Add(UserInfo.AuthenticatedGroup);
        }
    }

    private static RequestInfo Ask(string group, string resource, string name, string ns = "") => new("impersonate", "")
    {
        IsResource = true,
        Group = group,
        Version = "v1",
        Resource = resource,
        Name = name,
        Namespace = ns,
    };

    private static Dictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            {
                extra[Uri.UnescapeDataString(name[ExtraPrefix.Length..].ToLowerInvariant())] = [.. values.Select(value => value ?? "")];
            }
        }
        return extra;
    }

    // The message prints a structure of the original's; clients have seen no other.
    private static Proa.Api.Models.Meta.Status NoUser(string uid, List<string> groups, Dictionary<string, IReadOnlyList<string>> extra)
    {
        var message = new StringBuilder("requested &user.DefaultInfo{Name:\"\", UID:\"").Append(uid).Append("\", Groups:[]string");
        message.Append(groups.Count == 0 ? "(nil)" : $"{{{Quoted(groups)}}}").Append(", Extra:map[string][]string");
        message.Append(extra.Count == 0
            ? "(nil)"
            : $"{{{string.Join(", ", extra.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"\"{e.Key}\":[]string{{{Quoted(e.Value)}}}"))}}}");
        return Statuses.BadRequest(message.Append("} without impersonating a user name").ToString());
    }

    private static string Quoted(IEnumerable<string> texts) => string.Join(", ", texts.Select(text => $"\"{text}\""));
}
