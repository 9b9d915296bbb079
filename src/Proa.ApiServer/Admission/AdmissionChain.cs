using Proa.Api.Models.Meta;
using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Admission;

/// <summary>Runs the steps in the order of its list, one phase after the other, and counts what they take. Thread-safe.</summary>
internal sealed class AdmissionChain
{
    private readonly AdmissionPlugin[] _mutating;
    private readonly AdmissionPlugin[] _completing;
    private readonly AdmissionPlugin[] _validating;
    private readonly AdmissionMetrics _metrics;
    private readonly TimeProvider _clock;

    public AdmissionChain(IReadOnlyList<AdmissionPlugin> plugins, AdmissionMetrics metrics, TimeProvider clock)
    {
        _mutating = Of(AdmissionPhases.Mutate);
        _completing = Of(AdmissionPhases.Complete);
        _validating = Of(AdmissionPhases.Validate);
        (_metrics, _clock) = (metrics, clock);

        AdmissionPlugin[] Of(AdmissionPhases phase) => [.. plugins.Where(plugin => plugin.Phases.HasFlag(phase))];
    }

    /// <summary>Once more where a webhook or policy changed what others had seen, but no third time.</summary>
    public async ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var refused = await RunAsync(request, validating: false, ct);
        if (refused is not null || !request.WantsReinvocation)
        {
            return refused;
        }
        request.IsReinvoked = true;
        return await RunAsync(request, validating: false, ct);
    }

    public async ValueTask<Status?> CompleteAsync(AdmissionRequest request, CancellationToken ct)
    {
        foreach (var plugin in _completing)
        {
            if (await plugin.Step.CompleteAsync(request, ct) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct) => RunAsync(request, validating: true, ct);

    // One step's end is the next one's start: the clock is read once a step.
    private async ValueTask<Status?> RunAsync(AdmissionRequest request, bool validating, CancellationToken ct)
    {
        var started = _clock.GetTimestamp();
        var before = started;
        Status? refusal = null;
        foreach (var plugin in validating ? _validating : _mutating)
        {
            refusal = validating ? await plugin.Step.ValidateAsync(request, ct) : await plugin.Step.MutateAsync(request, ct);
            if (plugin.Name.Length > 0)
            {
                var now = _clock.GetTimestamp();
                plugin.Times(_metrics, request.Operation, validating, refusal is not null).Observe(_clock.GetElapsedTime(before, now));
                before = now;
            }
            if (refusal is not null)
            {
                break;
            }
        }
        _metrics.Time("", request.Operation, validating, refusal is not null).Observe(_clock.GetElapsedTime(started));
        return refusal;
    }
}
