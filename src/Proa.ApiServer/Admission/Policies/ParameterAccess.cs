using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>
/// Nobody reads by a policy's parameters what they may not read themselves: who writes a policy with a <c>paramKind</c>, or a
/// binding with a <c>paramRef</c>, must be allowed to read what it names.
/// </summary>
internal sealed class ParameterAccess(IAuthorizer? authorizer, IObjectStore store, TypeCatalog types) : IAdmissionStep
{
    private const string Bindings = "admissionpolicybindings";

    private static readonly ResourceInfo s_anything = new("*", "*", "*", "", false);

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Type.Group != "admissionregistration.k8s.io" || request.Subresource.Length > 0
            || authorizer is null || request.User.InGroup(UserInfo.AdministratorsGroup) || request.Object?.Object("spec") is not { } spec)
        {
            return default;
        }
        var old = request.Old?.Object("spec");
        if (request.Type.Plural.EndsWith(Bindings, StringComparison.Ordinal))
        {
            return spec.Object("paramRef") is { } reference && !(reference.DeepEquals(old?.Object("paramRef")) && spec.String("policyName") == old?.String("policyName"))
                ? CheckBindingAsync(request, spec, reference, authorizer, ct)
                : default;
        }
        return spec.Object("paramKind") is { } kind && !kind.DeepEquals(old?.Object("paramKind"))
            ? CheckPolicyAsync(request, kind, authorizer, ct)
            : default;
    }

    private async ValueTask<Status?> CheckPolicyAsync(AdmissionRequest request, JsonObject reference, IAuthorizer authorizer, CancellationToken ct)
    {
        var kind = KindOf(reference);
        return await AskAsync(authorizer, request.User, "get", ResourceOf(kind), "*", "*", ct)
            ? null
            : Refused(request, "spec.paramKind",
                $"user {Text(request.User)} must have \"get\" permission on all objects of the referenced paramKind (kind={kind.Kind}, apiVersion={kind.ApiVersion})");
    }

    private async ValueTask<Status?> CheckBindingAsync(
        AdmissionRequest request, JsonObject spec, JsonObject reference, IAuthorizer authorizer, CancellationToken ct)
    {
        var policyName = spec.String("policyName") ?? "";
        var policies = request.Type.Plural[..^Bindings.Length] + "admissionpolicies";
        var policy = store.Get(new ObjectKey($"{policies}.{request.Type.Group}", "", policyName));
        var kind = policy is null ? null : JsonTree.ParseObject(policy.Json.Span).Object("spec")?.Object("paramKind") is { } found ? KindOf(found) : null;
        var resource = kind is null ? s_anything : ResourceOf(kind);
        var name = reference.String("name") ?? "";
        var verb = name.Length == 0 ? "list" : "get";
        if (await AskAsync(authorizer, request.User, verb, resource, name, reference.String("namespace") ?? "", ct))
        {
            return null;
        }
        var user = Text(request.User);
        return Refused(request, "spec.paramRef", policy is null
            ? $"unable to get policy {policyName} to determine minimum required permissions and user {user} does not have \"{verb}\" permission for all groups, versions and resources"
            : kind is not null && resource.Plural == "*"
            ? $"unable to resolve paramKind {kind.ApiVersion}, Kind={kind.Kind} to determine minimum required permissions and user {user} does not have \"{verb}\" permission for all groups, versions and resources"
            : $"user {user} does not have \"{verb}\" permission on the object referenced by paramRef");
    }

    private ResourceInfo ResourceOf(ParameterKind kind)
    {
        if (PolicyParameters.TypeOf(types, kind) is { } type)
        {
            return type.Info;
        }
        var of = GroupVersionKind.Of(kind.ApiVersion, kind.Kind);
        return new(of.Group, of.Version, "*", "", false);
    }

    private static ParameterKind KindOf(JsonObject reference) => new(reference.String("apiVersion") ?? "", reference.String("kind") ?? "");

    private static async ValueTask<bool> AskAsync(
        IAuthorizer authorizer, UserInfo user, string verb, ResourceInfo resource, string name, string ns, CancellationToken ct)
    {
        var decision = await authorizer.AuthorizeAsync(user, new RequestInfo(verb, "")
        {
            IsResource = true,
            Group = resource.Group,
            Version = resource.Version,
            Resource = resource.Plural,
            Name = name,
            Namespace = ns,
        }, ct);
        return decision.Allowed;
    }

    private static Status Refused(AdmissionRequest request, string field, string detail) =>
        Statuses.Invalid(request.Type.Group, request.Type.Kind, request.Name, [FieldError.Forbidden(field, detail)]);

    private static string Text(UserInfo user)
    {
        var extra = user.Extra.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}:[{string.Join(' ', pair.Value)}]");
        return $"&{{{user.Name} {user.Uid} [{string.Join(' ', user.Groups)}] map[{string.Join(' ', extra)}]}}";
    }
}
