using Proa.Api.Models.Core;
using Proa.Node.Pods;
using Proa.Node.Statuses;

namespace Proa.Node.Tests.Statuses;

/// <summary>The expectations are those of recorded pods of a Kubernetes 1.36 cluster.</summary>
public sealed class PodStatusRulesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_Running_IsReady()
    {
        var status = Status(PodOf("Always"), Running("c"));

        Assert.Equal("Running", status.Phase);
        Assert.Equal(
            ["PodReadyToStartContainers True  ", "Initialized True  ", "Ready True  ", "ContainersReady True  ", "PodScheduled True  "], Conditions(status));
        Assert.True(status.ContainerStatuses[0].Ready);
        Assert.True(status.ContainerStatuses[0].Started);
        Assert.Equal("containerd://c-0", status.ContainerStatuses[0].ContainerID);
        Assert.Equal("10.0.0.2", status.PodIP);
        Assert.Equal("BestEffort", status.QosClass);
        Assert.Equal(3, status.ObservedGeneration);
    }

    [Fact]
    public void Of_InitRunning_IsPendingAndSaysWhat()
    {
        var pod = PodOf("Always", new Container { Name = "i1" }, new Container { Name = "i2" });
        var status = Status(pod, Running("i1"));

        Assert.Equal("Pending", status.Phase);
        Assert.Equal(
            [
                "PodReadyToStartContainers True  ",
                "Initialized False ContainersNotInitialized containers with incomplete status: [i1 i2]",
                "Ready False ContainersNotReady containers with unready status: [c]",
                "ContainersReady False ContainersNotReady containers with unready status: [c]",
                "PodScheduled True  ",
            ],
            Conditions(status));
        Assert.True(status.InitContainerStatuses[0].Started);
        Assert.False(status.InitContainerStatuses[0].Ready);
        Assert.Equal("PodInitializing", status.ContainerStatuses[0].State.Waiting?.Reason);
        Assert.False(status.ContainerStatuses[0].Started);
    }

    [Theory]
    [InlineData("Never", 0, "Succeeded", "PodCompleted")]
    [InlineData("Never", 3, "Failed", "PodFailed")]
    [InlineData("OnFailure", 0, "Succeeded", "PodCompleted")]
    [InlineData("OnFailure", 3, "Running", "ContainersNotReady")]
    [InlineData("Always", 0, "Running", "ContainersNotReady")]
    public void Of_Ended_PhaseByPolicy(string policy, int exitCode, string phase, string reason)
    {
        var status = Status(PodOf(policy), Ended("c", exitCode, 0));

        Assert.Equal(phase, status.Phase);
        Assert.Equal(reason, status.Conditions.Single(condition => condition.Type == "Ready").Reason);
        Assert.Equal(exitCode == 0 ? "Completed" : "Error", status.ContainerStatuses[0].State.Terminated?.Reason);
        Assert.Equal(phase == "Succeeded" ? "PodCompleted" : null, status.Conditions.Single(condition => condition.Type == "Initialized").Reason);
    }

    [Fact]
    public void Of_SucceededWithRunningSidecar_StaysRunning()
    {
        var pod = PodOf("Never", new Container { Name = "s", RestartPolicy = "Always" });

        Assert.Equal("Running", Status(pod, Ended("c", 0, 0), Running("s")).Phase);
    }

    [Fact]
    public void Of_WaitingAfterCrash_ShowsReasonAndLastState()
    {
        var input = Input(PodOf("Always"), Ended("c", 1, 1), Ended("c", 1, 0)) with
        {
            Waiting = new Dictionary<string, ContainerStateWaiting> { ["c"] = new() { Reason = "CrashLoopBackOff", Message = "m" } },
        };
        var status = PodStatusRules.Of(input);

        Assert.Equal("CrashLoopBackOff", status.ContainerStatuses[0].State.Waiting?.Reason);
        Assert.Equal("containerd://c-1", status.ContainerStatuses[0].LastState.Terminated?.ContainerID);
        Assert.Equal(1, status.ContainerStatuses[0].RestartCount);
        Assert.Equal("Running", status.Phase);
    }

    [Fact]
    public void Of_CrashShownFirst_HasBothStates()
    {
        var status = Status(PodOf("Always"), Ended("c", 1, 1), Ended("c", 1, 0));

        Assert.Equal("containerd://c-1", status.ContainerStatuses[0].State.Terminated?.ContainerID);
        Assert.Equal("containerd://c-0", status.ContainerStatuses[0].LastState.Terminated?.ContainerID);
    }

    [Fact]
    public void Of_ReadinessGate_NeedsItsCondition()
    {
        var pod = PodOf("Always");
        pod = pod with { Spec = pod.Spec with { ReadinessGates = [new() { ConditionType = "a.b/ready" }] } };
        var before = Status(pod, Running("c"));
        var after = Status(pod with { Status = new() { Conditions = [new() { Type = "a.b/ready", Status = "True" }] } }, Running("c"));

        Assert.Contains(
            "Ready False ReadinessGatesNotReady corresponding condition of pod readiness gate \"a.b/ready\" does not exist.", Conditions(before));
        Assert.Contains("Ready True  ", Conditions(after));
        Assert.Contains("a.b/ready True  ", Conditions(after));
    }

    [Fact]
    public void Of_Unchanged_KeepsTimes()
    {
        var pod = PodOf("Always");
        var first = Status(pod, Running("c"));
        var later = Input(pod with { Status = first }, Running("c")) with { Now = s_now.AddHours(1) };

        Assert.Equal(first, PodStatusRules.Of(later));
    }

    [Fact]
    public void Of_Failure_IsToldWhenNothingRuns()
    {
        var failure = new PodFailure("DeadlineExceeded", "m");
        var running = PodStatusRules.Of(Input(PodOf("Always"), Running("c")) with { Failure = failure, Ending = true });
        var ended = PodStatusRules.Of(Input(PodOf("Always"), Ended("c", 137, 0)) with { Failure = failure, Ending = true });

        Assert.NotEqual("Failed", running.Phase);
        Assert.Equal(("Failed", "DeadlineExceeded", "m"), (ended.Phase, ended.Reason, ended.Message));
    }

    private static PodStatus Status(Pod pod, params ContainerRecord[] records) => PodStatusRules.Of(Input(pod, records));

    private static PodStatusInput Input(Pod pod, params ContainerRecord[] records) => new()
    {
        Pod = pod,
        Seen = new([new("sb", 0, true, ["10.0.0.2"], default)], records),
        Health = _ => ContainerHealth.Unprobed,
        Waiting = new Dictionary<string, ContainerStateWaiting>(),
        HostIps = ["10.0.0.1"],
        Now = s_now,
    };

    private static IEnumerable<string> Conditions(PodStatus status) =>
        status.Conditions.Select(condition => $"{condition.Type} {condition.Status} {condition.Reason} {condition.Message}");

    private static Pod PodOf(string policy, params Container[] init) => new()
    {
        Metadata = new() { Name = "p", Uid = "u", Generation = 3 },
        Spec = new() { RestartPolicy = policy, InitContainers = init, Containers = [new() { Name = "c", Image = "i" }] },
    };

    private static ContainerRecord Running(string name) => Ended(name, 0, 0) with { State = RunState.Running };

    private static ContainerRecord Ended(string name, int exitCode, int attempt) => new()
    {
        Id = $"{name}-{attempt}",
        Name = name,
        SandboxId = "sb",
        State = RunState.Exited,
        ExitCode = exitCode,
        Attempt = attempt,
        StartedAt = s_now,
        FinishedAt = s_now,
    };
}
