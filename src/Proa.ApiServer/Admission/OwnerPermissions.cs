using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Owner references make objects go with others, and hold others back: who changes an object's owners must be allowed to delete
/// it, and who blocks an owner's deletion must be allowed to set the owner's finalizers.
/// </summary>
internal sealed class OwnerPermissions(IAuthorizer? authorizer, TypeCatalog types) : IAdmissionStep
{
    public async ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (authorizer is null || request.Object is not { } obj || (request.Type.Collection == "pods" && request.Subresource == "status"))
        {
            return null;
        }
        var owners = Owners(obj);
        var before = request.Old is { } old ? Owners(old) : null;
        if ((owners?.Count ?? 0) == 0 ? (before?.Count ?? 0) == 0 : owners!.DeepEquals(before))
        {
            return null;
        }
        if (!request.IsCreate)
        {
            var may = await AskAsync(request, "delete", request.Type.Info, request.Subresource, request.Name, request.Namespace, ct);
            if (!may.Allowed)
            {
                return Forbidden(request, $"cannot set an ownerRef on a resource you can't delete: {may.Reason}, <nil>");
            }
        }
        foreach (var item in owners ?? [])
        {
            if (item is JsonObject owner && owner.Bool("blockOwnerDeletion") == true && !Blocked(before, owner.String("uid"))
                && await CheckAsync(request, owner, ct) is { } refused)
            {
                return refused;
            }
        }
        return null;
    }

    private async ValueTask<Status?> CheckAsync(AdmissionRequest request, JsonObject owner, CancellationToken ct)
    {
        var anything = await AskAsync(request, "update", new ResourceInfo("*", "*", "*", "", false), "finalizers", "*", "", ct);
        if (anything.Allowed)
        {
            return null;
        }
        var (apiVersion, kind) = (owner.String("apiVersion") ?? "", owner.String("kind") ?? "");
        var group = GroupVersionKind.Of(apiVersion, kind).Group;
        var found = types.All.FirstOrDefault(type => type.Info.ApiVersion == apiVersion && type.Kind == kind)
            ?? types.All.FirstOrDefault(type => type.Group == group && type.Kind == kind);
        if (found is null)
        {
            return Forbidden(request,
                $"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion {apiVersion} Kind {kind}: no matches for kind \"{kind}\" in version \"{apiVersion}\"");
        }
        var may = await AskAsync(request, "update", found.Info, "finalizers", owner.String("name") ?? "", found.Namespaced ? request.Namespace : "", ct);
        return may.Allowed
            ? null
            : Forbidden(request, $"cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: {may.Reason}, <nil>");
    }

    private ValueTask<Decision> AskAsync(
        AdmissionRequest request, string verb, ResourceInfo resource, string subresource, string name, string ns, CancellationToken ct) =>
        authorizer!.AuthorizeAsync(request.User, new RequestInfo(verb, "")
        {
            IsResource = true,
            Group = resource.Group,
            Version = resource.Version,
            Resource = resource.Plural,
            Subresource = subresource,
            Name = name,
            Namespace = ns,
        }, ct);

    private static bool Blocked(JsonArray? before, string? uid)
    {
        foreach (var item in before ?? [])
        {
            if (item is JsonObject owner && owner.String("uid") == uid && owner.Bool("blockOwnerDeletion") == true)
            {
                return true;
            }
        }
        return false;
    }

    private static JsonArray? Owners(JsonObject obj) => obj.Object("metadata")?.Array("ownerReferences");

    private static Status Forbidden(AdmissionRequest request, string message) => Statuses.Forbidden(request.GroupResource, request.ShownName, message);
}
