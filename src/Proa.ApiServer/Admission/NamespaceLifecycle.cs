using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Nothing is made in a namespace that is absent or going, and the namespaces that the cluster needs stay.</summary>
internal sealed class NamespaceLifecycle(IObjectStore store) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Type.Collection == "namespaces")
        {
            return new(request.Operation == AdmissionOperation.Delete && request.Name is "default" or "kube-system" or "kube-public"
                ? Statuses.Forbidden("namespaces", request.ShownName, "this namespace may not be deleted")
                : null);
        }
        // Who asks what may be done there has no need of the namespace.
        return request.Type.Namespaced && request.Type.Collection != "localsubjectaccessreviews.authorization.k8s.io" && request.Operation != AdmissionOperation.Delete && request.Namespace.Length > 0 ? new(Check(request)) : default;
    }

    private Status? Check(AdmissionRequest request)
    {
        var ns = request.Namespace;
        if (store.Get(new ObjectKey("namespaces", "", ns)) is not { } found)
        {
            return Statuses.NotFound("namespaces", ns);
        }
        if (!request.IsCreate)
        {
            return null;
        }
        // The words may stand elsewhere in it too; only then is it worth a parse.
        if (found.Json.Span.IndexOf("\"deletionTimestamp\""u8) < 0 || !Metadata.IsDeleting(JsonTree.ParseObject(found.Json.Span)))
        {
            return null;
        }
        var refused = Statuses.Forbidden(request.GroupResource, request.ShownName,
            $"unable to create new content in namespace {ns} because it is being terminated");
        return refused with
        {
            Details = refused.Details! with
            {
                Causes = [Statuses.Cause("NamespaceTerminating", "metadata.namespace", $"namespace {ns} is being terminated")],
            },
        };
    }
}
