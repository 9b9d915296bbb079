using System.Globalization;
using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>A job's pods: how they are made and sorted. Pure.</summary>
internal static class JobPods
{
    /// <summary>Keeps a finished pod until it is counted.</summary>
    public const string Finalizer = "batch.kubernetes.io/job-tracking";

    public const string Index = "batch.kubernetes.io/job-completion-index";

    public static bool IsIndexed(Job job) => job.Spec.CompletionMode == "Indexed";

    /// <summary>Whether only pods that have ended are replaced, and not those on their way out.</summary>
    public static bool WaitsForEnd(Job job) => job.Spec.PodReplacementPolicy == "Failed" || job.Spec.PodFailurePolicy is not null;

    /// <summary>Whether the pod counts as failed: it is, or it is on its way out and does not have to come to its end for that.</summary>
    public static bool HasFailed(Job job, Pod pod) =>
        pod.Status.Phase == "Failed" || (!WaitsForEnd(job) && PodFacts.IsTerminating(pod) && pod.Status.Phase != "Succeeded");

    /// <param name="index">The place that it takes; null: the job is not indexed.</param>
    /// <param name="failed">The pod of this index that it replaces.</param>
    public static Pod Make(Job job, int? index, Pod? failed = null)
    {
        var pod = PodControl.FromTemplate(job, job.Spec.Template);
        pod = pod with { Metadata = pod.Metadata with { Finalizers = [.. pod.Metadata.Finalizers, Finalizer] } };
        if (index is not { } number)
        {
            return pod;
        }
        var text = number.ToString(CultureInfo.InvariantCulture);
        pod = pod with
        {
            Metadata = pod.Metadata with
            {
                GenerateName = $"{job.Metadata.Name}-{text}-",
                Annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [Index] = text },
                Labels = new Dictionary<string, string>(pod.Metadata.Labels) { [Index] = text },
            },
            Spec = pod.Spec with
            {
                Hostname = $"{job.Metadata.Name}-{text}",
                Containers = [.. pod.Spec.Containers.Select(WithIndex)],
                InitContainers = [.. pod.Spec.InitContainers.Select(WithIndex)],
            },
        };
        return JobIndexes.Has(job) ? JobIndexes.WithFailures(job, pod, failed) : pod;
    }

    public static int? IndexOf(Pod pod) =>
        pod.Metadata.Annotations.TryGetValue(Index, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    /// <summary>When the last of its containers ended, or the pod was last heard of.</summary>
    public static DateTimeOffset? FinishedAt(Pod pod) => pod.Status.ContainerStatuses
        .Select(status => status.State?.Terminated?.FinishedAt)
        .Max() ?? pod.Metadata.DeletionTimestamp ?? pod.Metadata.CreationTimestamp;

    private static Container WithIndex(Container container) => container.Env.Any(variable => variable.Name == "JOB_COMPLETION_INDEX")
        ? container
        : container with
        {
            Env =
            [
                .. container.Env,
                new() { Name = "JOB_COMPLETION_INDEX", ValueFrom = new() { FieldRef = new() { ApiVersion = "v1", FieldPath = $"metadata.labels['{Index}']" } } },
            ],
        };
}
