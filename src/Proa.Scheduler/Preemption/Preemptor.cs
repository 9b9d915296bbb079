using Proa.Api.Json;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Preemption;

/// <summary>Tells victims that they are to leave. Thread-safe.</summary>
internal sealed class Preemptor(IClusterClient client, EventRecorder events, string schedulerName, TimeProvider time)
{
    /// <param name="outdone">Pods of lower priority to which the node was promised.</param>
    /// <returns>What kept one of them there; null: all were told.</returns>
    public async Task<string?> MakeRoomAsync(PodInfo pod, Candidate candidate, IReadOnlyList<PodInfo> outdone, CancellationToken ct)
    {
        foreach (var other in outdone)
        {
            // One that fails to be told finds out at its next attempt.
            await PatchAsync(other, new JsonObject { ["nominatedNodeName"] = JsonNull.Instance }, ct);
        }
        var errors = await Task.WhenAll(candidate.Victims.Where(victim => !victim.IsTerminating).Select(victim => EvictAsync(victim, pod, candidate.Node, ct)));
        return Array.Find(errors, error => error is not null);
    }

    private async Task<string?> EvictAsync(PodInfo victim, PodInfo pod, string node, CancellationToken ct)
    {
        var condition = new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["reason"] = "PreemptionByScheduler",
            ["message"] = $"{schedulerName}: preempting to accommodate a higher priority pod",
            ["lastTransitionTime"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        };
        if (victim.Pod.Metadata.Generation is { } generation)
        {
            condition["observedGeneration"] = generation;
        }
        var told = await PatchAsync(victim, new JsonObject { ["conditions"] = new JsonArray { condition } }, ct);
        if (told is { Ok: false, IsNotFound: false, IsConflict: false })
        {
            return told.Error.Message ?? "refused";
        }
        var deleted = await client.DeleteAsync<Pod>(victim.Namespace, victim.Name, new DeleteRequest(Uid: victim.Uid), ct);
        if (deleted is { Ok: false, IsNotFound: false, IsConflict: false })
        {
            return deleted.Error.Message ?? "refused";
        }
        if (deleted.Ok)
        {
            events.Record(EventRecorderExtensions.ReferenceTo(victim.Pod, null), "Normal", "Preempted", $"Preempted by pod {pod.Uid} on node {node}", "Preempting");
        }
        return null;
    }

    private Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(PodInfo pod, JsonObject status, CancellationToken ct)
    {
        var path = ResourcePath.Of(Pod.Resource, pod.Namespace, pod.Name, "status");
        var patch = JsonTree.ToUtf8(new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid }, ["status"] = status });
        return client.PatchAsync(path, PatchKind.Strategic, patch, WriteOptions.Default, ct);
    }
}
