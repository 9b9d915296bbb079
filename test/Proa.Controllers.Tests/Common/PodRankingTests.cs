using Proa.Api.Models.Core;
using Proa.Controllers.Common;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Common;

public sealed class PodRankingTests
{
    private static readonly DateTimeOffset s_now = Make.Start.AddHours(1);

    public static TheoryData<string, Pod, Pod> Pairs() => new()
    {
        { "no node before a node", Make.Pod("x", node: ""), Make.Pod("y") },
        { "pending before running", Make.Pod("x", phase: "Pending"), Make.Pod("y") },
        { "not ready before ready", Make.Pod("x", ready: false), Make.Pod("y") },
        { "cheap before dear", Cost(Make.Pod("x"), "-5"), Make.Pod("y") },
        { "cost beats age", Cost(Make.Pod("x", readyFor: TimeSpan.FromHours(9)), "1"), Cost(Make.Pod("y"), "2") },
        { "ready for short before ready for long", Make.Pod("x"), Make.Pod("y", readyFor: TimeSpan.FromHours(100)) },
        { "restarted before steady", Restarts(Make.Pod("x"), 3), Make.Pod("y") },
        { "young before old", Make.Pod("x"), Age(Make.Pod("y"), TimeSpan.FromHours(100)) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void ToDelete_TwoPods_TakesTheFirst(string rule, Pod first, Pod second)
    {
        Assert.NotEmpty(rule);
        Assert.Same(first, Assert.Single(PodRanking.ToDelete([second, first], [first, second], 1, s_now)));
        Assert.Same(first, Assert.Single(PodRanking.ToDelete([first, second], [first, second], 1, s_now)));
    }

    [Fact]
    public void ToDelete_CrowdedNode_LosesFirst()
    {
        var alone = Make.Pod("x", node: "n1");
        var crowded = Make.Pod("y", node: "n2");
        var neighbour = Make.Pod("z", node: "n2");
        Assert.Same(crowded, Assert.Single(PodRanking.ToDelete([alone, crowded], [alone, crowded, neighbour], 1, s_now)));
    }

    [Fact]
    public void ToDelete_All_NeedsNoOrder() => Assert.Equal(2, PodRanking.ToDelete([Make.Pod("x"), Make.Pod("y")], [], 5, s_now).Count);

    private static Pod Cost(Pod pod, string cost) => pod with
    {
        Metadata = pod.Metadata with { Annotations = new Dictionary<string, string> { ["controller.kubernetes.io/pod-deletion-cost"] = cost } },
    };

    private static Pod Restarts(Pod pod, int count) => pod with { Status = pod.Status with { ContainerStatuses = [new() { Name = "c", RestartCount = count }] } };

    private static Pod Age(Pod pod, TimeSpan age) => pod with { Metadata = pod.Metadata with { CreationTimestamp = Make.Start - age } };
}
