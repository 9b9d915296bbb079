using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Controllers.Disruption;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Disruption;

public sealed class DisruptionStatusBuilderTests
{
    [Theory]
    [InlineData("min 2", 3, 3, 1, 2, 3)]
    [InlineData("min 2", 2, 2, 0, 2, 2)]
    [InlineData("min 50%", 5, 5, 2, 3, 5)]
    [InlineData("max 1", 5, 4, 0, 4, 5)]
    [InlineData("max 30%", 5, 5, 2, 3, 5)]
    [InlineData("max 100%", 2, 1, 1, 0, 2)]
    public void Build_Budget_AllowsAsTheOriginal(string bound, int scale, int healthy, int allowed, int desired, int expected)
    {
        var pods = Enumerable.Range(0, scale).Select(i => Make.Pod($"p{i}", ready: i < healthy)).ToList();
        var status = DisruptionStatusBuilder.Build(Budget(bound), pods, scale, Make.Start)!;
        Assert.Equal((allowed, desired, healthy, expected), (status.DisruptionsAllowed, status.DesiredHealthy, status.CurrentHealthy, status.ExpectedPods));
        Assert.Equal((allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods", ""), (status.Conditions[0].Status, status.Conditions[0].Reason, status.Conditions[0].Message));
    }

    [Fact]
    public void Build_PercentageOfWhatNobodyScales_IsNotKnown() => Assert.Null(DisruptionStatusBuilder.Build(Budget("max 1"), [Make.Pod("p")], null, Make.Start));

    [Fact]
    public void Build_GrantedEviction_CountsUntilThePodGoesOrTwoMinutesPass()
    {
        var budget = Budget("min 1") with { Status = new() { DisruptedPods = new Dictionary<string, DateTimeOffset> { ["p1"] = Make.Start, ["gone"] = Make.Start } } };
        Pod[] pods = [Make.Pod("p1"), Make.Pod("p2")];
        var status = DisruptionStatusBuilder.Build(budget, pods, 2, Make.Start.AddSeconds(119))!;
        Assert.Equal((1, 0), (status.CurrentHealthy, status.DisruptionsAllowed));
        Assert.Equal(["p1"], status.DisruptedPods.Keys);
        status = DisruptionStatusBuilder.Build(budget, pods, 2, Make.Start.AddSeconds(120))!;
        Assert.Equal((2, 1), (status.CurrentHealthy, status.DisruptionsAllowed));
        Assert.Empty(status.DisruptedPods);
    }

    private static PodDisruptionBudget Budget(string bound)
    {
        var words = bound.Split(' ');
        IntOrString value = int.TryParse(words[1], out var number) ? number : words[1];
        return new() { Spec = words[0] == "min" ? new() { MinAvailable = value } : new() { MaxUnavailable = value } };
    }
}
