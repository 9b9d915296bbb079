using Proa.Api.Models.Core;
using Proa.Controllers.Nodes;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Nodes;

public sealed class NodeHealthTests
{
    private static readonly Taint s_foreign = new() { Key = "gpu", Effect = "NoSchedule" };

    [Theory]
    [InlineData("True", false, "gpu:NoSchedule")]
    [InlineData("False", false, "gpu:NoSchedule node.kubernetes.io/not-ready:NoSchedule node.kubernetes.io/not-ready:NoExecute")]
    [InlineData("Unknown", false, "gpu:NoSchedule node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute")]
    [InlineData("True", true, "gpu:NoSchedule node.kubernetes.io/unschedulable:NoSchedule")]
    public void Taints_FollowTheConditions(string ready, bool cordoned, string expected)
    {
        var node = Node(ready) with { Spec = new() { Unschedulable = cordoned, Taints = [s_foreign, new() { Key = NodeHealth.NotReady, Effect = "NoExecute" }] } };
        var taints = NodeHealth.Taints(node, Make.Start);
        Assert.Equal(expected.Split(' ').Order(), taints.Select(taint => $"{taint.Key}:{taint.Effect}").Order());
        Assert.Same(taints, NodeHealth.Taints(node with { Spec = node.Spec with { Taints = taints } }, Make.Start));
    }

    [Fact]
    public void Silent_Conditions_BecomeUnknownOnce()
    {
        var node = Node("True");
        var conditions = NodeHealth.Silent(node, Make.Start);
        Assert.Equal(4, conditions.Count);
        Assert.All(conditions, condition => Assert.Equal("Unknown", condition.Status));
        Assert.Equal("NodeStatusUnknown", conditions[0].Reason);
        Assert.Equal("NodeStatusNeverUpdated", conditions[1].Reason);
        Assert.Equal(conditions, NodeHealth.Silent(node with { Status = node.Status with { Conditions = conditions } }, Make.Start.AddMinutes(1)));
    }

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("", null, -1)]
    [InlineData("node.kubernetes.io/unreachable", 300L, 300)]
    [InlineData("node.kubernetes.io/unreachable", null, -1)]
    [InlineData("other", null, 0)]
    [InlineData("node.kubernetes.io/unreachable", -7L, 0)]
    public void Due_Toleration_SaysWhen(string? key, long? seconds, int expected)
    {
        var pod = new Pod { Spec = new() { Tolerations = key is null ? [] : [new() { Key = key, Operator = "Exists", TolerationSeconds = seconds }] } };
        Taint[] taints = [s_foreign, new() { Key = NodeHealth.Unreachable, Effect = "NoExecute", TimeAdded = Make.Start }];
        Assert.Equal(expected < 0 ? null : Make.Start.AddSeconds(expected), Eviction.Due(pod, taints, Make.Start.AddSeconds(7)));
    }

    [Fact]
    public void Heartbeats_SameRenewalAgain_IsSilence()
    {
        var time = new Proa.Testing.ManualTimeProvider();
        var heartbeats = new NodeHeartbeats(time);
        Assert.True(heartbeats.Renewed("n", Make.Start));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(heartbeats.Renewed("n", Make.Start));
        Assert.Equal(TimeSpan.FromSeconds(30), heartbeats.Silence("n"));
        Assert.True(heartbeats.Renewed("n", Make.Start.AddSeconds(1)));
        Assert.Equal(TimeSpan.Zero, heartbeats.Silence("n"));
    }

    private static Node Node(string ready) => new()
    {
        Metadata = new() { Name = "n", CreationTimestamp = Make.Start },
        Status = new() { Conditions = [new() { Type = "Ready", Status = ready }] },
    };
}
