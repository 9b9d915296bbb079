using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Disruption;

/// <summary>Keeps a budget's status, by which evictions are granted or refused.</summary>
internal sealed class DisruptionReconciler(ControllerContext context, IInformer<PodDisruptionBudget> budgets, IInformer<Pod> pods, PodScales scales)
{
    private static readonly TimeSpan s_grantCheck = TimeSpan.FromMinutes(2);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (budgets.Get(key.Namespace, key.Name) is not { } budget)
        {
            return ReconcileResult.Done;
        }
        var covered = budget.Spec.Selector is { } selector
            ? pods.List(key.Namespace).Where(pod => !PodFacts.IsFinished(pod) && Selectors.Matches(selector, pod.Metadata.Labels)).ToList()
            : [];
        if (covered.Count == 0)
        {
            context.Events.Normal(budget, "NoPods", "No matching pods found");
        }
        var now = context.Time.GetUtcNow();
        var status = DisruptionStatusBuilder.Build(budget, covered, scales.Expected(covered), now)
            ?? DisruptionStatusBuilder.Failed(budget, "found no controllers for the pods of the budget", now);
        if (status != budget.Status)
        {
            var written = await context.Client.UpdateStatusAsync(budget with { Status = status }, ct);
            if (!written.Ok && !written.IsNotFound)
            {
                return ReconcileResult.Retry(written.Error);
            }
        }
        return status.DisruptedPods.Count > 0 ? ReconcileResult.After(s_grantCheck) : ReconcileResult.Done;
    }
}
