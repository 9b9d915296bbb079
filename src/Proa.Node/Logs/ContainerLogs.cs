using Proa.Client.Node;
using Proa.Node.Cri;
using Proa.Node.Streams;

namespace Proa.Node.Logs;

/// <summary>Serves the logs of this node's containers. Thread-safe.</summary>
internal sealed class ContainerLogs(CriRuntime runtime, IContainerLocator locator)
{
    /// <returns>Null when it worked; otherwise what refused it, before anything was written.</returns>
    public async Task<NodeError?> ReadAsync(LogRequest request, Stream output, CancellationToken ct)
    {
        if (locator.Find(request.Namespace, request.Pod) is not { } located)
        {
            return new(400, "BadRequest", $"pod \"{request.Pod}\" cannot be found - no logs available");
        }
        var (id, refusal) = LogTarget.Find(located.Pod, request.Container, request.Previous);
        if (id is null)
        {
            return refusal;
        }
        var status = await runtime.ContainerStatusAsync(id, verbose: false, ct);
        if (!status.Ok)
        {
            return new(400, "BadRequest", $"unable to retrieve container logs for containerd://{id}");
        }
        var path = status.Value.Status.LogPath;
        var options = new LogReadOptions
        {
            Timestamps = request.Timestamps,
            TailLines = request.TailLines,
            LimitBytes = request.LimitBytes,
            Since = request.Since,
        };
        if (!File.Exists(path))
        {
            return new(400, "BadRequest", $"unable to retrieve container logs for containerd://{id}");
        }
        if (request.Follow)
        {
            // A quiet container must not look like a server that does not answer.
            await output.FlushAsync(ct);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var ended = locator.WaitForExitAsync(id, over.Token);
            try
            {
                await LogFollower.FollowAsync(path, options, ended, output, ct);
            }
            finally
            {
                await over.CancelAsync();
            }
        }
        else
        {
            await LogFollower.ReadAsync(path, options, output, ct);
        }
        return null;
    }
}
