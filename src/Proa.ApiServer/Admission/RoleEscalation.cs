using Proa.Api.Json;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.Api.Models.Rbac;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Nobody gives away by roles and bindings what they do not have themselves, but for those who may <c>escalate</c> roles or
/// <c>bind</c> a role. Comes after all that changes objects. See "Privilege escalation prevention" in the RBAC reference.
/// </summary>
internal sealed class RoleEscalation(IAuthorizer? authorizer, IObjectStore store) : IAdmissionStep
{
    private const string Group = "rbac.authorization.k8s.io";

    private static readonly PolicyRule[] s_all =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceURLs = ["*"] },
    ];

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Type.Group != Group || request.Subresource.Length > 0 || request.Object is not { } obj
            || authorizer is not IRuleSource rules || request.User.InGroup(UserInfo.AdministratorsGroup)
            || (request.Old is { } old && SameButForOwners(obj, old)))
        {
            return default;
        }
        return request.Type.Plural.EndsWith("bindings", StringComparison.Ordinal)
            ? CheckBindingAsync(request, obj, authorizer, rules, ct)
            : CheckRoleAsync(request, obj, authorizer, rules, ct);
    }

    private static async ValueTask<Status?> CheckRoleAsync(AdmissionRequest request, JsonObject obj, IAuthorizer authorizer, IRuleSource rules, CancellationToken ct)
    {
        var may = await AskAsync(authorizer, request.User, "escalate", request.Type.Plural, request.Name, request.Namespace, ct);
        if (may)
        {
            return null;
        }
        var role = Model.Read<ClusterRole>(JsonTree.ToUtf8(obj));
        if (Escalation(request, rules, role.Rules) is { } refused)
        {
            return refused;
        }
        return (Aggregates(obj) || (request.Old is { } old && Aggregates(old))) && Escalation(request, rules, s_all) is not null
            ? Statuses.Forbidden(request.GroupResource, Metadata.Name(obj), "must have cluster-admin privileges to use the aggregationRule")
            : null;
    }

    private async ValueTask<Status?> CheckBindingAsync(AdmissionRequest request, JsonObject obj, IAuthorizer authorizer, IRuleSource rules, CancellationToken ct)
    {
        var role = obj.Object("roleRef");
        var (kind, name) = (role?.String("kind") ?? "", role?.String("name") ?? "");
        if (kind is not ("Role" or "ClusterRole"))
        {
            return Statuses.Failure(500, "", $"unsupported role reference kind: {RuleCover.Quote(kind)}");
        }
        var plural = kind == "Role" ? "roles" : "clusterroles";
        if (await AskAsync(authorizer, request.User, "bind", plural, name, request.Namespace, ct))
        {
            return null;
        }
        if (name.Length == 0)
        {
            return Statuses.BadRequest("Name parameter required.");
        }
        if (kind == "Role" && request.Namespace.Length == 0)
        {
            return Statuses.BadRequest("Namespace parameter required.");
        }
        var resource = $"{plural}.{Group}";
        return store.Get(new(resource, kind == "Role" ? request.Namespace : "", name)) is { } found
            ? Escalation(request, rules, Model.Read<ClusterRole>(found.Json).Rules)
            : Statuses.NotFound(request.GroupResource, name); // Of the binding's kind, as the original's reading of a role within the request is.
    }

    private static Status? Escalation(AdmissionRequest request, IRuleSource rules, IEnumerable<PolicyRule> wanted)
    {
        var user = request.User;
        var missing = RuleCover.Missing(rules.RulesFor(user, request.Namespace), wanted);
        if (missing.Count == 0)
        {
            return null;
        }
        var lines = missing.Select(RuleCover.Text).Distinct().Order(StringComparer.Ordinal);
        return Statuses.Forbidden(request.GroupResource, Metadata.Name(request.Object!),
            $"user {RuleCover.Quote(user.Name)} (groups={RuleCover.List(user.Groups)}) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', lines)}");
    }

    private static async ValueTask<bool> AskAsync(
        IAuthorizer authorizer, UserInfo user, string verb, string plural, string name, string ns, CancellationToken ct)
    {
        var decision = await authorizer.AuthorizeAsync(user, new RequestInfo(verb, "")
        {
            IsResource = true,
            Group = Group,
            Version = "*",
            Resource = plural,
            Name = name,
            Namespace = ns,
        }, ct);
        return decision.Allowed;
    }

    private static bool Aggregates(JsonObject role) => role.Object("aggregationRule")?.Array("clusterRoleSelectors") is { Count: > 0 };

    // The garbage collector, which may grant nothing, must be able to let go of any object.
    private static bool SameButForOwners(JsonObject obj, JsonObject old)
    {
        return Bare(obj).DeepEquals(Bare(old));

        static JsonObject Bare(JsonObject obj)
        {
            var bare = obj.CloneObject();
            var metadata = Metadata.Of(bare);
            foreach (var name in (ReadOnlySpan<string>)["ownerReferences", "finalizers", "managedFields"])
            {
                metadata.Remove(name);
            }
            return bare;
        }
    }
}
