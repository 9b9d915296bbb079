using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;

namespace Proa.Controllers.Jobs;

/// <summary>
/// What a job's <c>podFailurePolicy</c> makes of a failed pod: the first rule that matches decides. Pure.
/// https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
/// </summary>
/// <param name="Counts">Whether the failure counts against the limits.</param>
/// <param name="FailsIndex">The pod's index is given up.</param>
/// <param name="FailsJob">Why the whole job is; null: it is not.</param>
internal readonly record struct JobFailurePolicy(bool Counts, bool FailsIndex, string? FailsJob)
{
    private static readonly JobFailurePolicy s_counted = new(true, false, null);

    /// <param name="pod">Failed.</param>
    public static JobFailurePolicy Of(PodFailurePolicy? policy, Pod pod)
    {
        for (var i = 0; i < (policy?.Rules.Count ?? 0); i++)
        {
            if (Match(policy!.Rules[i], pod) is { } what)
            {
                return policy.Rules[i].Action switch
                {
                    "Ignore" => new(false, false, null),
                    "FailIndex" => new(true, true, null),
                    "FailJob" => new(true, false, $"{what} matching FailJob rule at index {i}"),
                    _ => s_counted,
                };
            }
        }
        return s_counted;
    }

    /// <returns>What matched, as users are told it.</returns>
    private static string? Match(PodFailurePolicyRule rule, Pod pod)
    {
        var name = $"{pod.Metadata.Namespace}/{pod.Metadata.Name}";
        if (rule.OnExitCodes is { } codes)
        {
            var container = pod.Status.ContainerStatuses.Concat(pod.Status.InitContainerStatuses).FirstOrDefault(status => Matches(codes, status));
            return container is null ? null : $"Container {container.Name} for pod {name} failed with exit code {container.State.Terminated!.ExitCode}";
        }
        var condition = pod.Status.Conditions.FirstOrDefault(
            condition => rule.OnPodConditions.Any(pattern => pattern.Type == condition.Type && (pattern.Status ?? "True") == condition.Status));
        return condition is null ? null : $"Pod {name} has condition {condition.Type}";
    }

    private static bool Matches(PodFailurePolicyOnExitCodesRequirement codes, ContainerStatus status) =>
        status.State.Terminated is { ExitCode: not 0 and var code }
        && (codes.ContainerName is null || codes.ContainerName == status.Name)
        && codes.Values.Contains(code) == (codes.Operator == "In");
}
