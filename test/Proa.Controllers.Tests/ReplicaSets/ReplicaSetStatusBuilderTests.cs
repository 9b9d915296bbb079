using Proa.Api.Models.Apps;
using Proa.Api.Models.Meta;
using Proa.Controllers.ReplicaSets;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.ReplicaSets;

public sealed class ReplicaSetStatusBuilderTests
{
    private readonly ReplicaSet _set = new()
    {
        Metadata = new() { Generation = 3 },
        Spec = new() { Replicas = 3, MinReadySeconds = 10, Template = new() { Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "a" } } } },
    };

    [Fact]
    public void Build_Pods_CountsThemAndLeavesZeroesOut()
    {
        var pods = new[] { Make.Pod("a1", readyFor: TimeSpan.FromSeconds(20)), Make.Pod("a2", readyFor: TimeSpan.FromSeconds(5)), Make.Pod("a3", ready: false) };
        var status = ReplicaSetStatusBuilder.Build(_set, pods, 1, null, Make.Start);
        Assert.Equal((3, 3, 2, 1, 1, 3L), (status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas, status.TerminatingReplicas, status.ObservedGeneration));

        status = ReplicaSetStatusBuilder.Build(_set, [], 0, null, Make.Start);
        Assert.Equal((0, null, null, null, 0), (status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas, status.TerminatingReplicas));
    }

    [Fact]
    public void Build_FailureAndItsEnd_SetsAndRemovesTheCondition()
    {
        var status = ReplicaSetStatusBuilder.Build(_set, [], 0, new Status { Message = "exceeded quota" }, Make.Start);
        Assert.Equal(("FailedCreate", "exceeded quota"), (status.Conditions[0].Reason, status.Conditions[0].Message));
        Assert.Same(status.Conditions, ReplicaSetStatusBuilder.Build(_set with { Status = status }, [], 0, new Status { Message = "again" }, Make.Start).Conditions);
        Assert.Empty(ReplicaSetStatusBuilder.Build(_set with { Status = status }, [], 0, null, Make.Start).Conditions);
    }
}
