using Proa.Client.Events;

namespace Proa.Node.Pods;

/// <summary>The pod's sandbox.</summary>
internal sealed partial class PodWorker
{
    private async Task<bool> MakeSandboxAsync(int attempt, CancellationToken ct)
    {
        if (!await MountAsync(ct))
        {
            return false;
        }
        var pod = _pod;
        if (attempt > 0)
        {
            _services.Events.Normal(pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
            await StopSandboxesAsync(ct);
        }
        Directory.CreateDirectory(_services.Paths.Logs(pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.Uid));
        if (File.Exists(_services.Paths.Hosts(pod)))
        {
            // It names the address of the sandbox before.
            File.Delete(_services.Paths.Hosts(pod));
        }
        await _services.SandboxSlots.WaitAsync(_hurry.Token);
        try
        {
            var config = _services.Sandboxes.For(pod, attempt);
            var run = await _services.Runtime.RunPodSandboxAsync(config, "", ct);
            if (!run.Ok)
            {
                _services.Events.Warning(pod, "FailedCreatePodSandBox",
                    $"Failed to create pod sandbox: rpc error: code = {run.Status.Code} desc = {run.Status.Message}");
                RetryLater();
                await FindSandboxesAsync(ct);
                return false;
            }
            _owns(run.Value.PodSandboxId);
            return await ReadSandboxAsync(run.Value.PodSandboxId, ct);
        }
        finally
        {
            _services.SandboxSlots.Release();
        }
    }

    /// <summary>A sandbox that was made although its making seemed to fail would hold its name for ever.</summary>
    private async Task FindSandboxesAsync(CancellationToken ct)
    {
        var filter = new Cri.V1.PodSandboxFilter();
        filter.LabelSelector[PodLabels.PodUid] = Uid;
        var listed = await _services.Runtime.ListPodSandboxesAsync(filter, ct);
        if (!listed.Ok)
        {
            return;
        }
        foreach (var item in listed.Value.Items)
        {
            if (_seen.Sandboxes.All(known => known.Id != item.Id))
            {
                _owns(item.Id);
                await ReadSandboxAsync(item.Id, ct);
            }
        }
    }

    private async Task<bool> ReadSandboxAsync(string id, CancellationToken ct)
    {
        var status = await _services.Runtime.PodSandboxStatusAsync(id, verbose: false, ct);
        if (!status.Ok)
        {
            if (status.IsNotFound)
            {
                Change(seen => seen.Without(id));
            }
            return false;
        }
        Change(seen => seen.With(SandboxRecords.From(status.Value.Status)));
        _retryDelay = TimeSpan.Zero;
        _retryAt = null;
        return true;
    }
}
