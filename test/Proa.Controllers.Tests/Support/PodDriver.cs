using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;

namespace Proa.Controllers.Tests.Support;

/// <summary>
/// Does to pods what scheduler and node agent do, as fast as it can: binds them to <c>n1</c>, says that they are ready, and
/// deletes the terminating ones. The image says how a pod fares: <c>bad</c> never starts, <c>ok</c> succeeds, <c>fail</c> fails.
/// </summary>
internal sealed class PodDriver(IClusterClient client, IInformerFactory informers)
{
    private readonly IInformer<Pod> _pods = informers.Get<Pod>();
    private int _lastAddress = 1;

    /// <summary>While false, terminating pods linger.</summary>
    public bool Ends { get; set; } = true;

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = new WorkQueue<(string, string)>(TimeProvider.System);
        using var subscription = _pods.Subscribe(change => queue.Add((change.Object.Metadata.Namespace!, change.Object.Metadata.Name!)));
        await new ReconcileLoop<(string Ns, string Name)>("pods", queue, DriveAsync, 4, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).RunAsync(ct);
    }

    private async Task<ReconcileResult> DriveAsync((string Ns, string Name) key, CancellationToken ct)
    {
        if (_pods.Get(key.Ns, key.Name) is not { } pod)
        {
            return ReconcileResult.Done;
        }
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            if (Ends && !string.IsNullOrEmpty(pod.Spec.NodeName))
            {
                await client.DeleteAsync<Pod>(key.Ns, key.Name, new DeleteRequest(GraceSeconds: 0, Uid: pod.Metadata.Uid), ct);
            }
            return ReconcileResult.Done;
        }
        if (string.IsNullOrEmpty(pod.Spec.NodeName))
        {
            var binding = System.Text.Encoding.UTF8.GetBytes(
                $$"""{"apiVersion":"v1","kind":"Binding","metadata":{"name":"{{key.Name}}"},"target":{"kind":"Node","name":"n1"} }""");
            var bound = await client.CreateAsync(ResourcePath.Of(Pod.Resource, key.Ns, key.Name, "binding"), binding, WriteOptions.Default, ct);
            return bound.Ok || bound.IsNotFound || bound.IsConflict ? ReconcileResult.Done : ReconcileResult.Retry(bound.Error);
        }
        var image = pod.Spec.Containers[0].Image;
        if (image == "bad" || pod.Status.Phase is not (null or "Pending"))
        {
            return ReconcileResult.Done;
        }
        var now = TimeProvider.System.GetUtcNow();
        var phase = image switch { "ok" => "Succeeded", "fail" => "Failed", _ => "Running" };
        var address = $"10.244.0.{Interlocked.Increment(ref _lastAddress)}";
        var written = await client.UpdateStatusAsync(pod with
        {
            Status = pod.Status with
            {
                Phase = phase,
                StartTime = now,
                PodIP = address,
                PodIPs = [new() { Ip = address }],
                Conditions = [.. pod.Status.Conditions.Where(condition => condition.Type != "Ready"), new() { Type = "Ready", Status = phase == "Running" ? "True" : "False", LastTransitionTime = now }],
                ContainerStatuses = phase == "Running"
                    ? []
                    : [new() { Name = "c", Image = "i", ImageID = "i", State = new() { Terminated = new() { ExitCode = phase == "Failed" ? 1 : 0, FinishedAt = now } } }],
            },
        }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }
}
