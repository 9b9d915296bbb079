using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission;

/// <summary>The priority classes of the cluster's own pods stay.</summary>
internal sealed class SystemPriorityClasses : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request) =>
        request.Operation == AdmissionOperation.Delete && request.Is("priorityclasses.scheduling.k8s.io")
            && request.Name is "system-node-critical" or "system-cluster-critical"
                ? Statuses.Forbidden(request.GroupResource, request.Name, "this is a system priority class and cannot be deleted")
                : null;
}
