using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission;

/// <summary>
/// One rule about writes. A step looks at the request's type first and leaves at once when it is not concerned. Null is
/// "admitted". Thread-safe.
/// </summary>
internal interface IAdmissionStep
{
    /// <summary>May change <see cref="AdmissionRequest.Object"/>. It completes synchronously but where something must be awaited.</summary>
    ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct) => default;

    /// <summary>May change the object too, after the kind's own preparation: for what is allocated from the cluster.</summary>
    Status? Complete(AdmissionRequest request) => null;

    /// <summary>The same, for steps that must wait for somebody.</summary>
    ValueTask<Status?> CompleteAsync(AdmissionRequest request, CancellationToken ct) => new(Complete(request));

    /// <summary>Sees the object as it will be stored.</summary>
    Status? Validate(AdmissionRequest request) => null;

    /// <summary>The same, for steps that must wait for somebody.</summary>
    ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct) => new(Validate(request));
}
