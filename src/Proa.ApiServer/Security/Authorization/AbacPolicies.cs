using System.Text.Json;
using Proa.Api.Json;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// A policy file of attribute-based access, a <c>Policy</c> a line. Immutable.
/// See "Using ABAC Authorization" in the reference.
/// <code>{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"alice","namespace":"*","resource":"*","apiGroup":"*"}}</code>
/// </summary>
public sealed class AbacPolicies
{
    private const string Any = "*";
    private readonly Policy[] _policies;

    private AbacPolicies(Policy[] policies) => _policies = policies;

    /// <exception cref="FormatException">Says which line cannot be read.</exception>
    public static AbacPolicies Read(string text)
    {
        var policies = new List<Policy>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.AsSpan().Trim() is [] or ['#', ..])
            {
                continue;
            }
            try
            {
                policies.Add(Parse(JsonTree.ParseObject(System.Text.Encoding.UTF8.GetBytes(line))));
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }
        }
        return new([.. policies]);
    }

    internal Decision Authorize(UserInfo user, RequestInfo request)
    {
        foreach (var policy in _policies)
        {
            if (policy.Covers(user, request))
            {
                return Decision.Allow;
            }
        }
        return new(false, "No policy matched.");
    }

    private static Policy Parse(JsonObject line)
    {
        var version = line.String("apiVersion") ?? "";
        if (version.Length == 0)
        {
            return Unversioned(line);
        }
        if (version != "abac.authorization.kubernetes.io/v1beta1" || line.String("kind") != "Policy")
        {
            throw new FormatException($"it is no abac.authorization.kubernetes.io/v1beta1 Policy but {version} {line.String("kind")}");
        }
        var spec = line.Object("spec") ?? [];
        var (user, group) = Subject(spec.String("user") ?? "", spec.String("group") ?? "");
        return new(user, group, spec.Bool("readonly") == true,
            spec.String("apiGroup") ?? "", spec.String("resource") ?? "", spec.String("namespace") ?? "", spec.String("nonResourcePath") ?? "");
    }

    /// <summary>The oldest form: what is left out is everything, and everybody.</summary>
    private static Policy Unversioned(JsonObject line)
    {
        var (user, group) = Subject(line.String("user") ?? "", line.String("group") ?? "");
        if (user.Length == 0 && group.Length == 0)
        {
            group = UserInfo.AuthenticatedGroup;
        }
        var (resource, ns) = (line.String("resource") ?? "", line.String("namespace") ?? "");
        var path = ns.Length == 0 && resource.Length == 0 ? Any : "";
        return new(user, group, line.Bool("readonly") == true, Any, resource.Length == 0 ? Any : resource, ns.Length == 0 ? Any : ns, path);
    }

    /// <summary>Everybody is whoever has shown who he is.</summary>
    private static (string User, string Group) Subject(string user, string group) =>
        user == Any || group == Any ? ("", UserInfo.AuthenticatedGroup) : (user, group);

    private sealed record Policy(string User, string Group, bool IsReadOnly, string ApiGroup, string Resource, string Namespace, string Path)
    {
        public bool Covers(UserInfo user, RequestInfo request) =>
            IsFor(user) && (!IsReadOnly || request.Verb is "get" or "list" or "watch")
            && (request.IsResource
                ? Fits(Namespace, request.Namespace) && Fits(Resource, request.Resource) && Fits(ApiGroup, request.Group)
                : Fits(Path, request.Path) || (Path.EndsWith('*') && request.Path.StartsWith(Path.TrimEnd('*'), StringComparison.Ordinal)));

        private bool IsFor(UserInfo user) =>
            (User.Length > 0 || Group.Length > 0)
            && (User.Length == 0 || Fits(User, user.Name))
            && (Group.Length == 0 || Group == Any || user.InGroup(Group));

        private static bool Fits(string wanted, string given) => wanted == Any || wanted == given;
    }
}
