using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Nodes;

/// <summary>
/// Notices nodes that have fallen silent, taints nodes by their conditions and evicts the pods that do not tolerate it.
/// </summary>
internal sealed class NodeLifecycleReconciler(
    ControllerContext context, IInformer<Node> nodes, IInformer<Pod> pods, NodeHeartbeats heartbeats)
{
    private readonly TimeSpan _grace = context.Options.NodeGracePeriod;

    public async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (nodes.Get(null, name) is not { } node)
        {
            return ReconcileResult.Done;
        }
        var now = context.Time.GetUtcNow();
        var left = _grace - heartbeats.Silence(name);
        if (left <= TimeSpan.Zero)
        {
            var silent = await MarkSilentAsync(node, now, ct);
            if (!silent.Ok)
            {
                return silent.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(silent.Error);
            }
            node = silent.Value;
        }
        var taints = NodeHealth.Taints(node, now);
        if (!ReferenceEquals(taints, node.Spec.Taints))
        {
            var tainted = await context.Client.UpdateAsync(node with { Spec = node.Spec with { Taints = taints } }, ct);
            if (!tainted.Ok)
            {
                return tainted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(tainted.Error);
            }
            node = tainted.Value;
        }
        var next = await EvictAsync(node, now, ct);
        // A lost node is looked at again when it speaks.
        var check = left > TimeSpan.Zero ? left : (TimeSpan?)null;
        return (next < check ? next : check ?? next) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private async Task<ApiResult<Node>> MarkSilentAsync(Node node, DateTimeOffset now, CancellationToken ct)
    {
        var conditions = NodeHealth.Silent(node, now);
        if (conditions.SequenceEqual(node.Status.Conditions))
        {
            return node;
        }
        var written = await context.Client.UpdateStatusAsync(node with { Status = node.Status with { Conditions = conditions } }, ct);
        if (written.Ok && NodeHealth.Ready(node)?.Status == "True")
        {
            context.Events.Normal(node, "NodeNotReady", $"Node {node.Metadata.Name} status is now: NodeNotReady");
            await MarkPodsAsync(node, now, ct);
        }
        return written;
    }

    /// <summary>Nobody speaks for the node's pods any more: they leave their endpoints now, not when they are evicted.</summary>
    private async Task MarkPodsAsync(Node node, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var pod in pods.ByIndex(NodeLifecycleController.ByNode, node.Metadata.Name!))
        {
            if (!PodFacts.IsReady(pod))
            {
                continue;
            }
            var status = pod.Status with
            {
                Conditions = [.. pod.Status.Conditions.Select(condition => condition.Type == "Ready"
                    ? condition with { Status = "False", LastTransitionTime = now }
                    : condition)],
            };
            // Best effort: a pod that changed meanwhile is its own news.
            await context.Client.UpdateStatusAsync(pod with { Status = status }, ct);
            context.Events.Warning(pod, "NodeNotReady", "Node is not ready");
        }
    }

    /// <returns>How long until the next pod is due.</returns>
    private async Task<TimeSpan?> EvictAsync(Node node, DateTimeOffset now, CancellationToken ct)
    {
        TimeSpan? next = null;
        if (!node.Spec.Taints.Any(taint => taint.Effect == "NoExecute"))
        {
            return null;
        }
        foreach (var pod in pods.ByIndex(NodeLifecycleController.ByNode, node.Metadata.Name!))
        {
            if (PodFacts.IsTerminating(pod) || Eviction.Due(pod, node.Spec.Taints, now) is not { } due)
            {
                continue;
            }
            if (due > now)
            {
                next = next < due - now ? next : due - now;
                continue;
            }
            context.Events.Normal(pod, "TaintManagerEviction", $"Marking for deletion Pod {pod.Metadata.Namespace}/{pod.Metadata.Name}");
            await MarkDisruptedAsync(pod, now, ct);
            var deleted = await context.Client.DeleteAsync<Pod>(
                pod.Metadata.Namespace, pod.Metadata.Name!, new DeleteRequest(Uid: pod.Metadata.Uid), ct);
            if (!deleted.Ok && !deleted.IsNotFound && !deleted.IsConflict)
            {
                next = TimeSpan.FromSeconds(1);
            }
        }
        return next;
    }

    private Task MarkDisruptedAsync(Pod pod, DateTimeOffset now, CancellationToken ct)
    {
        var condition = new PodCondition
        {
            Type = "DisruptionTarget",
            Status = "True",
            Reason = "DeletionByTaintManager",
            Message = "Taint manager: deleting due to NoExecute taint",
            LastTransitionTime = now,
        };
        var conditions = pod.Status.Conditions.Where(other => other.Type != condition.Type).Append(condition).ToList();
        return context.Client.UpdateStatusAsync(pod with { Status = pod.Status with { Conditions = conditions } }, ct);
    }
}
