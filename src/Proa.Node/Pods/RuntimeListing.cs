using Proa.Node.Cri;
using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

/// <summary>Reads all that the runtime holds, by pod: what an earlier run of Proa left is adopted from it.</summary>
internal sealed class RuntimeListing(CriRuntime runtime)
{
    /// <returns>By pod uid; null when the runtime does not answer.</returns>
    public async Task<Dictionary<string, PodObservation>?> ReadAsync(CancellationToken ct)
    {
        var sandboxes = await runtime.ListPodSandboxesAsync(null, ct);
        var containers = await runtime.ListContainersAsync(null, ct);
        if (!sandboxes.Ok || !containers.Ok)
        {
            return null;
        }
        var found = new Dictionary<string, PodObservation>(StringComparer.Ordinal);
        foreach (var status in await Task.WhenAll(sandboxes.Value.Items.Select(item => runtime.PodSandboxStatusAsync(item.Id, verbose: false, ct))))
        {
            if (!status.Ok && !status.IsNotFound)
            {
                return null;
            }
            if (status.Ok)
            {
                var uid = status.Value.Status.Metadata.Uid;
                found[uid] = found.GetValueOrDefault(uid, PodObservation.Nothing).With(SandboxRecords.From(status.Value.Status));
            }
        }
        var statuses = await Task.WhenAll(containers.Value.Containers.Select(item => ReadAsync(item, ct)));
        foreach (var (uid, record, answered) in statuses)
        {
            if (!answered)
            {
                // Half a list is worse than none: what is missing in it would be started a second time.
                return null;
            }
            if (record is not null)
            {
                found[uid] = found.GetValueOrDefault(uid, PodObservation.Nothing).With(record);
            }
        }
        foreach (var (uid, seen) in found)
        {
            found[uid] = new(
                [.. seen.Sandboxes.OrderByDescending(sandbox => sandbox.CreatedAt)],
                [.. seen.Containers.OrderByDescending(container => container.CreatedAt)]);
        }
        return found;
    }

    /// <summary>The ids of what runs now; null when the runtime does not answer.</summary>
    public async Task<HashSet<string>?> RunningAsync(CancellationToken ct)
    {
        var sandboxes = await runtime.ListPodSandboxesAsync(new() { State = new() { State = PodSandboxState.SandboxReady } }, ct);
        var containers = await runtime.ListContainersAsync(new() { State = new() { State = ContainerState.ContainerRunning } }, ct);
        return sandboxes.Ok && containers.Ok
            ? [.. sandboxes.Value.Items.Select(item => item.Id), .. containers.Value.Containers.Select(item => item.Id)]
            : null;
    }

    private async Task<(string Uid, ContainerRecord? Record, bool Answered)> ReadAsync(Container item, CancellationToken ct)
    {
        var status = await runtime.ContainerStatusAsync(item.Id, verbose: false, ct);
        var uid = item.Labels.TryGetValue(PodLabels.PodUid, out var value) ? value : "";
        return status.Ok
            ? (uid, ContainerRecord.From(status.Value.Status, item.PodSandboxId, TerminationMessages.Read(status.Value.Status)), true)
            : (uid, null, status.IsNotFound);
    }
}
