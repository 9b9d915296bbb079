using Proa.Api.Models.Core;
using Proa.Node.Logs;

namespace Proa.Node.Tests.Logs;

public sealed class LogTargetTests
{
    [Theory]
    [InlineData("ContainerCreating", "container \"c\" in pod \"p\" is waiting to start: ContainerCreating")]
    [InlineData("ErrImagePull", "container \"c\" in pod \"p\" is waiting to start: image can't be pulled")]
    [InlineData("ImagePullBackOff", "container \"c\" in pod \"p\" is waiting to start: trying and failing to pull image")]
    public void Find_Waiting_SaysForWhat(string reason, string expected)
    {
        var (_, error) = Find(new() { Name = "c", State = new() { Waiting = new() { Reason = reason } } });

        Assert.Equal((400, "BadRequest", expected), (error!.Code, error.Reason, error.Message));
    }

    [Fact]
    public void Find_CrashLoop_TakesTheLastOne() => Assert.Equal("old", Find(new()
    {
        Name = "c",
        ContainerID = "containerd://new",
        State = new() { Waiting = new() { Reason = "CrashLoopBackOff" } },
        LastState = new() { Terminated = new() { ContainerID = "containerd://old" } },
    }).ContainerId);

    [Fact]
    public void Find_Running_TakesTheCurrentAndPreviousTheLast()
    {
        var status = new ContainerStatus
        {
            Name = "c",
            ContainerID = "containerd://new",
            State = new() { Running = new() },
            LastState = new() { Terminated = new() { ContainerID = "containerd://old" } },
        };
        Assert.Equal("new", Find(status).ContainerId);
        Assert.Equal("old", Find(status, previous: true).ContainerId);
    }

    [Fact]
    public void Find_NoPrevious_Refuses() =>
        Assert.Equal("previous terminated container \"c\" in pod \"p\" not found", Find(new() { Name = "c", State = new() { Running = new() } }, true).Error!.Message);

    [Fact]
    public void Find_NoStatusYet_Refuses() =>
        Assert.Equal("container \"c\" in pod \"p\" is not available", Find(new() { Name = "other" }).Error!.Message);

    private static (string? ContainerId, Client.Node.NodeError? Error) Find(ContainerStatus status, bool previous = false) =>
        LogTarget.Find(new Pod { Metadata = new() { Name = "p" }, Status = new() { ContainerStatuses = [status] } }, "c", previous);
}
