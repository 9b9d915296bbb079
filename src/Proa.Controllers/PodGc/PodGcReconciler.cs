using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.PodGc;

/// <summary>
/// Deletes pods that no node agent will end: those bound to a node that has been absent for 40 s, those that were deleted
/// before they were bound, and the oldest finished ones past the limit.
/// </summary>
internal sealed class PodGcReconciler(ControllerContext context, IInformer<Pod> pods, IInformer<Node> nodes)
{
    public const string Sweep = "pods";
    private static readonly TimeSpan s_quarantine = TimeSpan.FromSeconds(40);
    private readonly Dictionary<string, long> _absentSince = new(StringComparer.Ordinal);

    public async Task<ReconcileResult> ReconcileAsync(string key, CancellationToken ct)
    {
        var finished = new List<Pod>();
        TimeSpan? wait = null;
        var absent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pod in pods.List())
        {
            if (string.IsNullOrEmpty(pod.Spec.NodeName))
            {
                if (PodFacts.IsTerminating(pod))
                {
                    await DeleteAsync(pod, ct);
                    continue;
                }
            }
            else if (nodes.Get(null, pod.Spec.NodeName) is null)
            {
                absent.Add(pod.Spec.NodeName);
                if (await OrphanAsync(pod, ct) is { } left)
                {
                    wait = wait < left ? wait : left;
                }
                continue;
            }
            if (PodFacts.IsFinished(pod) && !PodFacts.IsTerminating(pod))
            {
                finished.Add(pod);
            }
        }
        foreach (var node in _absentSince.Keys.Except(absent).ToList())
        {
            _absentSince.Remove(node);
        }
        foreach (var pod in finished.OrderBy(pod => pod.Metadata.CreationTimestamp).Take(Math.Max(0, finished.Count - context.Options.FinishedPodsKept)))
        {
            await DeleteAsync(pod, ct);
        }
        return wait is { } again ? ReconcileResult.After(again) : ReconcileResult.Done;
    }

    /// <returns>How long the pod is still left alone.</returns>
    private async Task<TimeSpan?> OrphanAsync(Pod pod, CancellationToken ct)
    {
        var name = pod.Spec.NodeName!;
        if (!_absentSince.TryGetValue(name, out var since))
        {
            _absentSince.Add(name, since = context.Time.GetTimestamp());
        }
        var left = s_quarantine - context.Time.GetElapsedTime(since);
        if (left > TimeSpan.Zero)
        {
            return left;
        }
        // The cache may be behind: a node that has just joined keeps its pods.
        if ((await context.Client.GetAsync<Node>(null, name, ct)).IsNotFound)
        {
            if (!PodFacts.IsFinished(pod))
            {
                await MarkFailedAsync(pod, ct);
            }
            await DeleteAsync(pod, ct);
        }
        return null;
    }

    private Task MarkFailedAsync(Pod pod, CancellationToken ct)
    {
        var condition = new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["reason"] = "DeletionByPodGC",
            ["message"] = "PodGC: node no longer exists",
            ["lastTransitionTime"] = context.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        // A patch, since that is all that this controller's role grants; conditions merge by their type.
        var status = new JsonObject { ["phase"] = "Failed", ["conditions"] = new JsonArray { condition } };
        var patch = JsonTree.ToUtf8(new JsonObject { ["status"] = status });
        return context.Client.PatchAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, PatchKind.Strategic, patch, ct, "status");
    }

    private Task DeleteAsync(Pod pod, CancellationToken ct) => context.Client.DeleteAsync<Pod>(
        pod.Metadata.Namespace, pod.Metadata.Name!, new DeleteRequest(GraceSeconds: 0, Uid: pod.Metadata.Uid), ct);
}
