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

    public static Pod Make(Job job, int? index)
    {
        var pod = PodControl.FromTemplate(job, job.Spec.Template);
        pod = pod with { Metadata = pod.Metadata with { Finalizers = [.. pod.Metadata.Finalizers, Finalizer] } };
        if (index is not { } number)
        {
            return pod;
        }
        var text = number.ToString(CultureInfo.InvariantCulture);
        return pod with
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
