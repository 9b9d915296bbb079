using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Tests.Pods;

public sealed class PodPlannerTests
{
    private static readonly Container s_main = new() { Name = "c", Image = "i" };

    [Fact]
    public void Plan_NothingThere_MakesSandbox()
    {
        Assert.Equal(0, Plan(PodOf("Always"), PodObservation.Nothing).NewSandboxAttempt);
    }

    [Fact]
    public void Plan_Sandbox_StartsFirstInitContainerOnly()
    {
        var pod = PodOf("Always", new Container { Name = "i1" }, new Container { Name = "i2" });

        Assert.Equal(["i1"], Starts(pod));
        Assert.Empty(Starts(pod, Running("i1")));
        Assert.Equal(["i2"], Starts(pod, Ended("i1", 0)));
        Assert.Equal(["c"], Starts(pod, Ended("i1", 0), Ended("i2", 0)));
    }

    [Fact]
    public void Plan_Sidecar_IsStartedBeforeAndKeptBesideMain()
    {
        var pod = PodOf("Never", new Container { Name = "s", RestartPolicy = "Always" });

        Assert.Equal(["s"], Starts(pod));
        Assert.Equal(["c"], Starts(pod, Running("s")));
        Assert.Equal(["s"], Starts(pod, Ended("s", 0), Running("c")));
    }

    [Fact]
    public void Plan_SidecarNotStartedUp_HoldsMain()
    {
        var pod = PodOf("Always", new Container { Name = "s", RestartPolicy = "Always" });
        var plan = PodPlanner.Plan(pod, Seen(Running("s")), _ => new ContainerHealth(false, false, false, false));

        Assert.Empty(plan.Starts);
    }

    [Fact]
    public void Plan_MainEndedForGood_KillsPodWithItsSidecars()
    {
        var pod = PodOf("Never", new Container { Name = "s", RestartPolicy = "Always" });

        Assert.True(Plan(pod, Seen(Running("s"), Ended("c", 0))).KillPod);
    }

    [Theory]
    [InlineData("Always", 0, true)]
    [InlineData("Always", 1, true)]
    [InlineData("OnFailure", 0, false)]
    [InlineData("OnFailure", 1, true)]
    [InlineData("Never", 1, false)]
    public void Plan_MainEnded_RestartsByPolicy(string policy, int exitCode, bool restarts)
    {
        Assert.Equal(restarts ? ["c"] : [], Starts(PodOf(policy), Ended("c", exitCode)));
        Assert.Equal(!restarts, PodPlanner.IsFinished(PodOf(policy), Seen(Ended("c", exitCode))));
    }

    [Fact]
    public void Plan_ImageChanged_KillsAndStarts()
    {
        var plan = Plan(PodOf("Always"), Seen(Running("c") with { Hash = "other" }));

        Assert.Equal("Container c definition changed, will be restarted", Assert.Single(plan.Kills).Message);
        Assert.Single(plan.Starts);
    }

    [Theory]
    [InlineData("Always", "Container c failed liveness probe, will be restarted", 1)]
    [InlineData("Never", "Container c failed liveness probe", 0)]
    public void Plan_LivenessFailed_KillsAndRestartsByPolicy(string policy, string message, int starts)
    {
        var plan = PodPlanner.Plan(PodOf(policy), Seen(Running("c")), _ => new ContainerHealth(true, true, true, false));

        Assert.Equal(message, Assert.Single(plan.Kills).Message);
        Assert.Equal(starts, plan.Starts.Count);
        Assert.False(plan.KillPod);
    }

    [Fact]
    public void Plan_SandboxLost_NeverRunsTwiceWithPolicyNever()
    {
        var lost = Seen(Ended("c", 137)) with { Sandboxes = [new("sb", 0, false, [], default)] };

        Assert.True(Plan(PodOf("Never"), lost).KillPod);
        Assert.Equal(1, Plan(PodOf("Always"), lost).NewSandboxAttempt);
    }

    [Fact]
    public void Plan_NewSandbox_RunsInitContainersAnew()
    {
        var pod = PodOf("Always", new Container { Name = "i1" });
        var seen = Seen(Ended("i1", 0), Ended("c", 137)) with { Sandboxes = [new("new", 1, true, ["10.0.0.3"], default)] };

        Assert.Equal(["i1"], Plan(pod, seen).Starts.Select(start => start.Name));
    }

    [Fact]
    public void IsFinished_InitFailedWithPolicyNever_True()
    {
        Assert.True(PodPlanner.IsFinished(PodOf("Never", new Container { Name = "i1" }), Seen(Ended("i1", 1))));
        Assert.False(PodPlanner.IsFinished(PodOf("Always", new Container { Name = "i1" }), Seen(Ended("i1", 1))));
    }

    private static PodPlan Plan(Pod pod, PodObservation seen) => PodPlanner.Plan(pod, seen, _ => ContainerHealth.Unprobed);

    private static IEnumerable<string> Starts(Pod pod, params ContainerRecord[] records) => Plan(pod, Seen(records)).Starts.Select(start => start.Name);

    private static Pod PodOf(string policy, params Container[] init) =>
        new() { Metadata = new() { Name = "p", Uid = "u" }, Spec = new() { RestartPolicy = policy, InitContainers = init, Containers = [s_main] } };

    private static PodObservation Seen(params ContainerRecord[] records) => new([new("sb", 0, true, ["10.0.0.2"], default)], records);

    private static ContainerRecord Running(string name) => Record(name, RunState.Running, 0);

    private static ContainerRecord Ended(string name, int exitCode) => Record(name, RunState.Exited, exitCode);

    private static ContainerRecord Record(string name, RunState state, int exitCode) => new()
    {
        Id = name,
        Name = name,
        SandboxId = "sb",
        State = state,
        ExitCode = exitCode,
        Hash = ContainerHash.Of(name == "c" ? s_main : new Container { Name = name }),
    };
}
