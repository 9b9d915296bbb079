using System.Diagnostics;
using Proa.Api.Models.Core;
using Proa.Client;

namespace Proa.Node.Tests.Pods;

public sealed class PodLifeTests(TestNode node) : IClassFixture<TestNode>
{
    private const string Sleeper = """
        {"metadata":{"name":"p"},"spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"{image}",
        "imagePullPolicy":"Never","command":["/bin/sh","-c","sleep 1000"]}]}}
        """;

    [Fact]
    public async Task Pod_CreatedAndDeleted_RunsAndGoes()
    {
        var ns = await node.NamespaceAsync();
        var watch = Stopwatch.StartNew();
        await node.CreateAsync(ns, Sleeper);
        await node.UntilAsync(ns, "p", IsReady);
        TestContext.Current.TestOutputHelper?.WriteLine($"ready after {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        var gone = node.GoneAsync(ns, "p");
        await node.Client.DeleteAsync<Pod>(ns, "p", DeleteRequest.Default, TestContext.Current.CancellationToken);
        await gone;
        TestContext.Current.TestOutputHelper?.WriteLine($"gone after {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task ContainerThatEnds_RestartedWithItsPredecessorAsLastState()
    {
        var ns = await node.NamespaceAsync();
        await node.CreateAsync(ns, Sleeper.Replace("sleep 1000", "if [ -f /dev/shm/x ]; then sleep 1000; fi; touch /dev/shm/x; exit 7", StringComparison.Ordinal));

        var pod = await node.UntilAsync(ns, "p", pod => IsReady(pod) && pod.Status.ContainerStatuses[0].RestartCount == 1);

        Assert.Equal(7, pod.Status.ContainerStatuses[0].LastState.Terminated?.ExitCode);
        Assert.Equal("Error", pod.Status.ContainerStatuses[0].LastState.Terminated?.Reason);
    }

    [Fact]
    public async Task AgentRestarted_AdoptsWithoutRestartingAnything()
    {
        var ns = await node.NamespaceAsync();
        await node.CreateAsync(ns, Sleeper);
        var before = await node.UntilAsync(ns, "p", IsReady);

        await node.StopAgentAsync();
        await node.StartAgentAsync();

        // A label change is answered by the new agent: by then it has looked at the pod.
        await node.Client.PatchAsync<Pod>(ns, "p", PatchKind.Merge, """{"spec":{"activeDeadlineSeconds":1000}}"""u8.ToArray(), TestContext.Current.CancellationToken);
        var after = await node.UntilAsync(ns, "p", pod => pod.Status.ObservedGeneration == 2);
        Assert.Equal(before.Status.ContainerStatuses[0].ContainerID, after.Status.ContainerStatuses[0].ContainerID);
        Assert.Equal(0, after.Status.ContainerStatuses[0].RestartCount);
        Assert.True(IsReady(after));
    }

    internal static bool IsReady(Pod pod) => pod.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" });
}
