using Microsoft.Extensions.Logging;
using Proa.Node.Containerd;
using Proa.Node.Cri;
using Proa.Client.Grpc;
using Proa.Node.Pods;
using Proa.Node.Volumes;

namespace Proa.Node;

/// <summary>
/// Removes what a node's pods left on the machine: sandboxes and containers with their shims, network namespaces and
/// mounts, then control groups; and stops containerd. Files below the data directory are the caller's to delete. For
/// <c>proa reset</c>, when no agent runs.
/// </summary>
public static class NodeReset
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">Containers could not be removed in a minute.</exception>
    public static async Task RunAsync(NodeAgentOptions options, ILoggerFactory loggers, CancellationToken ct)
    {
        var containerd = options.Containerd ?? ContainerdOptions.In(options.DataDirectory);
        var cgroup = new PodCgroup(options.ClusterId);
        if (!Directory.Exists(containerd.Directory))
        {
            cgroup.RemoveAll();
            return;
        }
        var time = TimeProvider.System;
        using var grpc = GrpcClient.OverUnixSocket(containerd.Socket, time, ImageImport.Header);
        var runtime = new CriRuntime(grpc);
        var process = new ContainerdProcess(containerd, runtime, new CriImages(grpc), time, loggers.CreateLogger("Proa.Node"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = process.RunAsync(stop.Token);
        try
        {
            await process.ReadyAsync(ct).WaitAsync(s_bound, time, ct);
            await RemoveSandboxesAsync(runtime, ct).WaitAsync(s_bound, time, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        cgroup.RemoveAll();
        foreach (var mount in MountTable.Below(options.DataDirectory))
        {
            LinuxFiles.Unmount(mount);
        }
    }

    private static async Task RemoveSandboxesAsync(CriRuntime runtime, CancellationToken ct)
    {
        while (true)
        {
            var listed = await runtime.ListPodSandboxesAsync(null, ct);
            if (listed.Ok && listed.Value.Items.Count == 0)
            {
                return;
            }
            if (listed.Ok)
            {
                await Parallel.ForEachAsync(listed.Value.Items, ct, async (sandbox, token) =>
                {
                    await runtime.StopPodSandboxAsync(sandbox.Id, token);
                    await runtime.RemovePodSandboxAsync(sandbox.Id, token);
                });
            }
        }
    }
}
