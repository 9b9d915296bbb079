using System.Diagnostics;
using Proa.Node.Containerd;
using Proa.Node.Cri.V1;

namespace Proa.Node.Tests.Containerd;

public sealed class ContainerdProcessTests(TestRuntime runtime) : IClassFixture<TestRuntime>
{
    [Fact]
    public async Task RunPodSandbox_WithOwnPauseImage_RunsAndEnds()
    {
        var ct = TestContext.Current.CancellationToken;
        var config = new PodSandboxConfig
        {
            Metadata = new() { Name = "p", Namespace = "n", Uid = Guid.NewGuid().ToString() },
            Hostname = "p",
            LogDirectory = runtime.Directory + "/logs",
            Linux = new() { CgroupParent = "/proa-test/besteffort/p", SecurityContext = new() { NamespaceOptions = new() } },
        };
        var watch = Stopwatch.StartNew();
        var run = await runtime.Runtime.RunPodSandboxAsync(config, "", ct);
        Assert.True(run.Ok, run.Status.Message);
        TestContext.Current.TestOutputHelper?.WriteLine($"run {watch.ElapsedMilliseconds} ms");
        var status = await runtime.Runtime.PodSandboxStatusAsync(run.Value.PodSandboxId, false, ct);
        Assert.Equal(PodSandboxState.SandboxReady, status.Value.Status.State);
        Assert.NotEmpty(status.Value.Status.Network.Ip);

        var events = new TaskEvents(runtime.Client, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var subscribed = new TaskCompletionSource();
        var exited = new TaskCompletionSource<string>();
        var reading = events.ReadAsync(subscribed.SetResult, id => exited.TrySetResult(id), stop.Token);
        await subscribed.Task.WaitAsync(ct);

        Assert.True((await runtime.Runtime.StopPodSandboxAsync(run.Value.PodSandboxId, ct)).Ok);
        Assert.Equal(run.Value.PodSandboxId, await exited.Task.WaitAsync(ct));
        Assert.True((await runtime.Runtime.RemovePodSandboxAsync(run.Value.PodSandboxId, ct)).Ok);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task RunAsync_OneWasLeftRunning_AdoptsIt()
    {
        var ct = TestContext.Current.CancellationToken;
        var own = new TestRuntime();
        await own.InitializeAsync();
        try
        {
            // As after a kill: the first one is not told to stop anything.
            var before = await File.ReadAllTextAsync(own.Options.PidFile, ct);
            using var stop = new CancellationTokenSource();
            var second = own.NewProcess();
            var running = second.RunAsync(stop.Token);
            await second.ReadyAsync(ct);

            Assert.Equal(before, await File.ReadAllTextAsync(own.Options.PidFile, ct));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    [Fact]
    public async Task RunAsync_ItDies_IsStartedAgain()
    {
        var ct = TestContext.Current.CancellationToken;
        var own = new TestRuntime();
        await own.InitializeAsync();
        try
        {
            var pid = int.Parse((await File.ReadAllTextAsync(own.Options.PidFile, ct)).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            var process = LinuxProcess.Find(pid)!.Value;
            process.Signal(9);
            await process.WaitForExitAsync(ct);

            while (!(await own.Runtime.StatusAsync(ct)).Ok)
            {
                ct.ThrowIfCancellationRequested();
            }
            Assert.False((await File.ReadAllTextAsync(own.Options.PidFile, ct)).StartsWith($"{pid} ", StringComparison.Ordinal));
        }
        finally
        {
            await own.DisposeAsync();
        }
    }
}
