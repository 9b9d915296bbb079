using System.Collections.Concurrent;
using Proa.Api.Models.Core;
using Proa.Node.Containerd;
using Proa.Node.Cri.V1;
using Proa.Node.Streams;
using Proa.Node.Tests.Containerd;

namespace Proa.Node.Tests.Streams;

/// <summary>A pod ns/p whose container c runs in the test's containerd, found the way the node agent would.</summary>
internal sealed class TestPod : IContainerLocator, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _exits = new();
    private readonly Task _events;
    private readonly TestRuntime _runtime;

    private TestPod(TestRuntime runtime, TaskCompletionSource subscribed)
    {
        _runtime = runtime;
        _events = new TaskEvents(runtime.Client, TimeProvider.System).ReadAsync(subscribed.SetResult, id => Exit(id).TrySetResult(), _stop.Token);
    }

    public string SandboxId { get; private set; } = "";

    public string ContainerId { get; private set; } = "";

    public string LogPath { get; private set; } = "";

    public NodeStreams Node => new(_runtime.Runtime, this);

    public static async Task<TestPod> StartAsync(TestRuntime runtime, string script, bool stdin = false)
    {
        var ct = TestContext.Current.CancellationToken;
        var subscribed = new TaskCompletionSource();
        var pod = new TestPod(runtime, subscribed);
        await subscribed.Task.WaitAsync(ct);
        var uid = Guid.NewGuid().ToString();
        var sandbox = new PodSandboxConfig
        {
            Metadata = new() { Name = "p", Namespace = "ns", Uid = uid },
            Hostname = "p",
            LogDirectory = $"{runtime.Directory}/logs/{uid}",
            Linux = new() { CgroupParent = $"/proa-test/{uid}", SecurityContext = new() { NamespaceOptions = new() } },
        };
        var run = await runtime.Runtime.RunPodSandboxAsync(sandbox, "", ct);
        Assert.True(run.Ok, run.Status.Message);
        pod.SandboxId = run.Value.PodSandboxId;
        var config = new ContainerConfig
        {
            Metadata = new() { Name = "c" },
            Image = new() { Image = BusyboxImage.Name },
            LogPath = "c/0.log",
            Stdin = stdin,
            Linux = new() { SecurityContext = new() { NamespaceOptions = new() } },
        };
        config.Command.AddRange(["/bin/sh", "-c", script]);
        Directory.CreateDirectory($"{sandbox.LogDirectory}/c");
        pod.LogPath = $"{sandbox.LogDirectory}/c/0.log";
        var created = await runtime.Runtime.CreateContainerAsync(pod.SandboxId, config, sandbox, ct);
        Assert.True(created.Ok, created.Status.Message);
        pod.ContainerId = created.Value.ContainerId;
        var started = await runtime.Runtime.StartContainerAsync(pod.ContainerId, ct);
        Assert.True(started.Ok, started.Status.Message);
        return pod;
    }

    public LocatedPod? Find(string ns, string name) => (ns, name) != ("ns", "p") ? null : new(
        new Pod
        {
            Metadata = new() { Namespace = "ns", Name = "p" },
            Status = new() { ContainerStatuses = [new() { Name = "c", ContainerID = $"containerd://{ContainerId}", State = new() { Running = new() } }] },
        },
        SandboxId);

    public Task WaitForExitAsync(string containerId, CancellationToken ct) => Exit(containerId).Task.WaitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await _runtime.Runtime.StopPodSandboxAsync(SandboxId, CancellationToken.None);
        await _runtime.Runtime.RemovePodSandboxAsync(SandboxId, CancellationToken.None);
        await _stop.CancelAsync();
        try
        {
            await _events;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }
    }

    private TaskCompletionSource Exit(string id) => _exits.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
