using Proa.Api.Models.Policy;
using Proa.Api.Selectors;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Preemption;

/// <summary>What disruption budgets say of pods that are to leave a node. Pure.</summary>
internal static class Budgets
{
    /// <returns>The pods whose leaving a budget does not allow, after those that come before them; and the others. In their order.</returns>
    public static (List<PodInfo> Violating, List<PodInfo> Others) Split(IEnumerable<PodInfo> pods, IEnumerable<PodDisruptionBudget> budgets)
    {
        var left = budgets.Select(budget => new Left(budget)).ToList();
        var (violating, others) = (new List<PodInfo>(), new List<PodInfo>());
        foreach (var pod in pods)
        {
            var violates = false;
            foreach (var budget in left)
            {
                // Each that selects it pays for it.
                violates |= budget.Selects(pod) && --budget.Allowed < 0;
            }
            (violates ? violating : others).Add(pod);
        }
        return (violating, others);
    }

    private sealed class Left(PodDisruptionBudget budget)
    {
        private readonly LabelSelector _selector = LabelSelector.Of(budget.Spec.Selector);

        public int Allowed { get; set; } = budget.Status.DisruptionsAllowed ?? 0;

        public bool Selects(PodInfo pod) =>
            pod.Labels.Count > 0 && pod.Namespace == budget.Metadata.Namespace && _selector.Requirements.Count > 0 && _selector.Matches(pod.Labels)
            // Its leaving is paid for already.
            && !budget.Status.DisruptedPods.ContainsKey(pod.Name);
    }
}
