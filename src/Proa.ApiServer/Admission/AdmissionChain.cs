using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission;

/// <summary>Runs the steps in the order of its list, one phase after the other. Thread-safe.</summary>
internal sealed class AdmissionChain(IReadOnlyList<IAdmissionStep> steps)
{
    /// <summary>Once more where a webhook or policy changed what others had seen, but no third time.</summary>
    public async ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var refused = await MutateOnceAsync(request, ct);
        if (refused is not null || !request.WantsReinvocation)
        {
            return refused;
        }
        request.IsReinvoked = true;
        return await MutateOnceAsync(request, ct);
    }

    private async ValueTask<Status?> MutateOnceAsync(AdmissionRequest request, CancellationToken ct)
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
