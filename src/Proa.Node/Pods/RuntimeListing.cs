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
        foreach (var (uid, sandbox) in await Task.WhenAll(sandboxes.Value.Items.Select(item => ReadAsync(item, ct))))
        {
            found[uid] = found.GetValueOrDefault(uid, PodObservation.Nothing).With(sandbox);
        }
        foreach (var (uid, record) in await Task.WhenAll(containers.Value.Containers.Select(item => ReadAsync(item, ct))))
        {
            found[uid] = found.GetValueOrDefault(uid, PodObservation.Nothing).With(record);
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

    // Where the runtime gives no details, what its list says is taken: whatever were left out would be started a second time.
    private async Task<(string Uid, SandboxRecord Record)> ReadAsync(PodSandbox item, CancellationToken ct)
    {
        var status = await runtime.PodSandboxStatusAsync(item.Id, verbose: false, ct);
        return (item.Metadata.Uid, status.Ok ? SandboxRecords.From(status.Value.Status) : new(
            item.Id, (int)item.Metadata.Attempt, item.State == PodSandboxState.SandboxReady, [], DateTimeOffset.UnixEpoch.AddTicks(item.CreatedAt / 100)));
    }

    private async Task<(string Uid, ContainerRecord Record)> ReadAsync(Container item, CancellationToken ct)
    {
        var uid = item.Labels.TryGetValue(PodLabels.PodUid, out var value) ? value : "";
        var answer = await runtime.ContainerStatusAsync(item.Id, verbose: false, ct);
        var status = answer.Ok ? answer.Value.Status : new ContainerStatus
        {
            Id = item.Id,
            Metadata = item.Metadata,
            State = item.State,
            CreatedAt = item.CreatedAt,
            StartedAt = item.CreatedAt,
            Image = item.Image,
            ImageRef = item.ImageRef,
            Annotations = { item.Annotations },
        };
        return (uid, ContainerRecord.From(status, item.PodSandboxId, TerminationMessages.Read(status)));
    }
}
