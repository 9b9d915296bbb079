using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission;

/// <summary>Runs the steps in the order of its list, one phase after the other. Thread-safe.</summary>
internal sealed class AdmissionChain(IReadOnlyList<IAdmissionStep> steps)
{
    public async ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            if (await step.MutateAsync(request, ct) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }

    public Status? Complete(AdmissionRequest request)
    {
        foreach (var step in steps)
        {
            if (step.Complete(request) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }

    public async ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            if (await step.ValidateAsync(request, ct) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }
}
