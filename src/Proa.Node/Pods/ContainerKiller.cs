using Proa.Api.Models.Core;
using Proa.Client.Events;
using Proa.Node.Probes;

namespace Proa.Node.Pods;

/// <summary>Stops containers: preStop hook, then the stop signal, then SIGKILL, all within one grace. Thread-safe.</summary>
internal sealed class ContainerKiller(PodServices services)
{
    private static readonly TimeSpan s_leastGrace = TimeSpan.FromSeconds(2);

    /// <param name="pod">The pod as it stands.</param>
    /// <param name="record">The running container.</param>
    /// <param name="message">The Killing Event's.</param>
    /// <param name="grace">For hook and stop signal together; zero: at once.</param>
    /// <param name="ip">The pod's address, for hooks.</param>
    /// <param name="hurry">Cuts the hook short.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The error, if the runtime refused.</returns>
    public async Task<string?> KillAsync(Pod pod, ContainerRecord record, string message, TimeSpan grace, string ip, CancellationToken hurry, CancellationToken ct)
    {
        var container = PodContainer.Find(pod, record.Name);
        services.Events.Record(pod, "Normal", "Killing", message, container?.FieldPath ?? $"spec.containers{{{record.Name}}}");
        var began = services.Time.GetTimestamp();
        if (container?.Spec.Lifecycle?.PreStop is { } hook && grace > TimeSpan.Zero)
        {
            await RunPreStopAsync(pod, container.Value, record, hook, grace, ip, hurry, ct);
            grace -= services.Time.GetElapsedTime(began);
            grace = grace > s_leastGrace ? grace : s_leastGrace;
        }
        var answer = await services.Runtime.StopContainerAsync(record.Id, grace, ct);
        return answer.Ok || answer.IsNotFound ? null : answer.Status.Message;
    }

    private async Task RunPreStopAsync(
        Pod pod, PodContainer container, ContainerRecord record, LifecycleHandler hook, TimeSpan grace, string ip, CancellationToken hurry, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(grace, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, hurry, deadline.Token);
        try
        {
            var outcome = await services.Probes.RunHookAsync(new(pod, container.Spec, record.Id, ip), hook, grace, either.Token);
            if (outcome.Verdict == ProbeVerdict.Success)
            {
                return;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The grace is over, or was shortened.
        }
        services.Events.Record(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", container.FieldPath);
    }
}
