using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Nothing is written or deleted in a namespace that does not exist.</summary>
internal sealed class NamespaceExists(IObjectStore store) : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request) =>
        request.Namespace.Length > 0 && request.Type.Collection != "namespaces" && request.Operation != AdmissionOperation.Connect
            && store.Get(new ObjectKey("namespaces", "", request.Namespace)) is null
                ? Statuses.NotFound("namespaces", request.Namespace)
                : null;
}
