using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.StatefulSets;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.StatefulSets;

public sealed class StatefulSetPlanTests
{
    // Pods: ordinal, then r(eady), n(ot ready), t(erminating), f(ailed); an upper-case letter is of the newest template.
    [Theory]
    [InlineData("ordered 3", "", "+0")]
    [InlineData("ordered 3", "0N", "")]
    [InlineData("ordered 3", "0R", "+1")]
    [InlineData("ordered 3", "0R 2R", "+1")]
    [InlineData("ordered 3", "0R 1F 2R", "-1")]
    [InlineData("ordered 3", "0R 1T 2R", "")]
    [InlineData("ordered 2", "0R 1R 2R 3R", "-3")]
    [InlineData("ordered 2", "0R 1R 2R 3T", "")]
    [InlineData("ordered 2", "0R 1N 2R", "")]
    [InlineData("ordered 0", "0N 1N 2N", "")]
    [InlineData("ordered 0", "0N 1R 2N", "")]
    [InlineData("ordered 0", "0N 1N 2R", "-2")]
    [InlineData("ordered 0", "0R 1R 2N", "-2")]
    [InlineData("ordered 0", "0N", "-0")]
    [InlineData("ordered 3", "0r 1r 2r", "-2")]
    [InlineData("ordered 3", "0r 1r 2N", "")]
    [InlineData("ordered 3", "0r 1r 2R", "-1")]
    [InlineData("ordered 3", "0R 1R 2R", "")]
    [InlineData("ordered 3 partition=2", "0r 1r 2R", "")]
    [InlineData("ordered 3 OnDelete", "0r 1r 2r", "")]
    [InlineData("parallel 3", "", "+0 +1 +2")]
    [InlineData("parallel 3", "1N", "+0 +2")]
    [InlineData("parallel 1", "0R 1R 2N", "-1 -2")]
    public void Of_State_IsTheNextStep(string spec, string state, string expected)
    {
        var words = spec.Split(' ');
        var set = new StatefulSet
        {
            Metadata = new() { Name = "st" },
            Spec = new()
            {
                Replicas = int.Parse(words[1]),
                PodManagementPolicy = words[0] == "parallel" ? "Parallel" : "OrderedReady",
                UpdateStrategy = new()
                {
                    Type = words.Contains("OnDelete") ? "OnDelete" : "RollingUpdate",
                    RollingUpdate = new() { Partition = words.Contains("partition=2") ? 2 : 0 },
                },
            },
        };
        var pods = state.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Pod).ToList();
        var plan = StatefulSetPlan.Of(set, pods, "old", "new", Make.Start);
        var steps = plan.Create.Select(create => $"+{create.Ordinal}").Concat(plan.Delete.Select(pod => "-" + pod.Metadata.Name![3..]).Order());
        Assert.Equal(expected, string.Join(' ', steps));
    }

    [Fact]
    public void Build_UpdateThrough_MakesTheNewestCurrent()
    {
        var set = new StatefulSet { Spec = new() { Replicas = 2 } };
        var status = StatefulSetStatusBuilder.Build(set, [Pod("0R"), Pod("1r")], "old", "new", Make.Start);
        Assert.Equal(("old", "new", 1, 1), (status.CurrentRevision, status.UpdateRevision, status.CurrentReplicas, status.UpdatedReplicas));
        status = StatefulSetStatusBuilder.Build(set, [Pod("0R"), Pod("1R")], "old", "new", Make.Start);
        Assert.Equal(("new", 2, 2, 2), (status.CurrentRevision, status.CurrentReplicas, status.UpdatedReplicas, status.AvailableReplicas));
    }

    [Fact]
    public void Make_Pod_HasItsIdentityAndClaims()
    {
        var set = new StatefulSet
        {
            Metadata = new() { Name = "st", Namespace = "n", Uid = "u" },
            Spec = new()
            {
                ServiceName = "s",
                Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "a" } },
                VolumeClaimTemplates = [new() { Metadata = new() { Name = "data" } }],
            },
        };
        var pod = StatefulPods.Make(set, set.Spec.Template, "st-1", 4);
        Assert.Equal(("st-4", "st-", "st-4", "s"), (pod.Metadata.Name, pod.Metadata.GenerateName, pod.Spec.Hostname, pod.Spec.Subdomain));
        Assert.Equal(("4", "st-4", "st-1"), (pod.Metadata.Labels["apps.kubernetes.io/pod-index"], pod.Metadata.Labels["statefulset.kubernetes.io/pod-name"], pod.Metadata.Labels["controller-revision-hash"]));
        Assert.Equal("data-st-4", pod.Spec.Volumes.Single().PersistentVolumeClaim!.ClaimName);
        var claim = Assert.Single(StatefulPods.Claims(set, 4));
        Assert.Equal(("data-st-4", "n", "a"), (claim.Metadata.Name, claim.Metadata.Namespace, claim.Metadata.Labels["app"]));
    }

    private static Pod Pod(string text)
    {
        var state = char.ToLowerInvariant(text[1]);
        var pod = Make.Pod($"st-{text[0]}", state == 'f' ? "Failed" : "Running", ready: state == 'r', terminating: state == 't');
        return pod with
        {
            Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { [StatefulPods.RevisionLabel] = char.IsUpper(text[1]) ? "new" : "old" } },
        };
    }
}
