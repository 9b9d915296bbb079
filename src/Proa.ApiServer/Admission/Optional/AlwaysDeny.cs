using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Refuses every write: AlwaysDeny, which is for trying a server out.</summary>
internal sealed class AlwaysDeny : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct) => new(Validate(request));

    public Status? Validate(AdmissionRequest request) =>
        Statuses.Forbidden(request.GroupResource, request.ShownName, "admission control is denying all modifications");
}
