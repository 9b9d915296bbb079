using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using Proa.Controllers.Endpoints;
using Proa.Controllers.EndpointSlices;
using Proa.Controllers.Tests.Support;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Controllers.Tests.EndpointSlices;

public sealed class SlicePlanTests
{
    private static readonly EndpointPort[] s_ports = [new() { Name = "", Port = 80, Protocol = "TCP" }];
    private static readonly ObjectMeta s_template = new() { GenerateName = "s-", Namespace = "default", Labels = new Dictionary<string, string> { ["l"] = "1" } };

    [Fact]
    public void Make_NothingThere_FillsSlicesOfAHundred()
    {
        var plan = Plan([Group(Enumerable.Range(0, 250))]);
        Assert.Equal([100, 100, 50], plan.Create.Select(slice => slice.Endpoints.Count));
        Assert.Empty(plan.Update);
    }

    [Fact]
    public void Make_NoEndpoints_KeepsOneEmptySlice()
    {
        var plan = Plan([new("IPv4", [], [])]);
        Assert.Empty(Assert.Single(plan.Create).Endpoints);
        Assert.Empty(Plan([new("IPv4", [], [])], plan.Create[0]).Create);
        Assert.Empty(Plan([new("IPv4", [], [])], plan.Create[0]).Delete);
    }

    [Fact]
    public void Make_Unchanged_WritesNothing()
    {
        var plan = Plan([Group([1, 2])], Slice("a", 1, 2));
        Assert.Empty(plan.Create.Concat(plan.Update).Concat(plan.Delete));
    }

    [Fact]
    public void Make_OneTerminates_RewritesOnlyItsSlice()
    {
        var group = Group([1, 2, 3]);
        group.Endpoints[2] = group.Endpoints[2] with { Conditions = new() { Ready = false, Serving = true, Terminating = true } };
        var plan = Plan([group], Slice("a", 1, 2), Slice("b", 3));
        Assert.Equal("b", Assert.Single(plan.Update).Metadata.Name);
        Assert.Empty(plan.Create.Concat(plan.Delete));
    }

    [Fact]
    public void Make_OneGoesAndOneComes_TheNewOneTakesThePlaceInTheSliceThatIsWrittenAnyway()
    {
        var plan = Plan([Group([1, 3, 4])], Slice("a", 1), Slice("b", 2, 3));
        var updated = Assert.Single(plan.Update);
        Assert.Equal("b", updated.Metadata.Name);
        Assert.Equal(["10.0.0.3", "10.0.0.4"], updated.Endpoints.Select(endpoint => endpoint.Addresses[0]));
    }

    [Fact]
    public void Make_SliceLosesAllEndpoints_IsDeletedWhenOthersStay()
    {
        var plan = Plan([Group([1])], Slice("a", 1), Slice("b", 2));
        Assert.Equal("b", Assert.Single(plan.Delete).Metadata.Name);
        Assert.Empty(plan.Update.Concat(plan.Create));
    }

    [Fact]
    public void Make_PortsChange_RewritesTheSliceThatWouldGo()
    {
        var before = Slice("a", 1);
        before = before with { Metadata = before.Metadata with { ResourceVersion = "7", Annotations = new Dictionary<string, string> { ["old"] = "1" } } };
        var plan = Plan([new("IPv4", [new() { Name = "", Port = 81, Protocol = "TCP" }], Group([1]).Endpoints)], before);
        var updated = Assert.Single(plan.Update);
        Assert.Equal(("a", "7", 81), (updated.Metadata.Name, updated.Metadata.ResourceVersion, updated.Ports[0].Port));
        Assert.Empty(updated.Metadata.Annotations);
        Assert.Empty(plan.Create.Concat(plan.Delete));
    }

    [Fact]
    public void Make_ChangeWithoutTime_TakesTheOldTimeAway()
    {
        var before = Slice("a", 1);
        before = before with { Metadata = before.Metadata with { Annotations = new Dictionary<string, string> { [SlicePlan.TriggerTime] = "t", ["mine"] = "1" } } };
        Assert.Equal(["mine"], Assert.Single(Plan([Group([2])], before).Update).Metadata.Annotations.Keys);
    }

    [Fact]
    public void Make_RandomChanges_AlwaysEndAtWhatIsWanted()
    {
        var random = new Random(1);
        var slices = new List<EndpointSlice>();
        for (var turn = 0; turn < 200; turn++)
        {
            var wanted = Enumerable.Range(0, 400).Where(_ => random.Next(3) == 0).ToList();
            var plan = SlicePlan.Make(s_template, [Group(wanted)], slices);
            slices.RemoveAll(plan.Delete.Contains);
            slices = [.. slices.Select(slice => plan.Update.Find(updated => updated.Metadata.Name == slice.Metadata.Name) ?? slice)];
            slices.AddRange(plan.Create.Select((slice, i) => slice with { Metadata = slice.Metadata with { Name = $"{turn}-{i}" } }));
            Assert.Equal(wanted.Select(Address).Order(), slices.SelectMany(slice => slice.Endpoints).Select(endpoint => endpoint.Addresses[0]).Order());
            Assert.All(slices, slice => Assert.InRange(slice.Endpoints.Count, 1, 100));
        }
    }

    [Theory]
    [InlineData(true, false, false, true, true, false)]
    [InlineData(false, false, false, false, false, false)]
    [InlineData(true, true, false, false, true, true)]
    [InlineData(false, true, true, true, false, true)]
    public void EndpointBuilder_Conditions_AsTheOriginal(bool podReady, bool podTerminating, bool publish, bool ready, bool serving, bool terminating)
    {
        var service = new Service { Metadata = new() { Name = "s" }, Spec = new() { PublishNotReadyAddresses = publish } };
        var endpoint = EndpointBuilder.Build(service, Make.Pod("p1", ready: podReady, terminating: podTerminating), null, ["10.0.0.1"]);
        Assert.Equal(new EndpointConditions { Ready = ready, Serving = serving, Terminating = terminating }, endpoint.Conditions);
        Assert.Equal(("Pod", "p1", "n1"), (endpoint.TargetRef!.Kind, endpoint.TargetRef.Name, endpoint.NodeName));
    }

    [Fact]
    public void EndpointPorts_NamedTarget_IsLookedUpInThePod()
    {
        var service = new Service
        {
            Spec = new() { Ports = [new() { Port = 80, TargetPort = "http" }, new() { Port = 81, TargetPort = "nope" }, new() { Port = 82 }, new() { Port = 83, TargetPort = 9 }] },
        };
        Assert.Equal([8080, 82, 9], EndpointPorts.On(service, Make.Pod("p1")).Select(found => found.Number));
    }

    [Fact]
    public void SubsetBuilder_Pods_AreSortedIntoReadyAndNot()
    {
        var service = new Service
        {
            Metadata = new() { Name = "s" },
            Spec = new() { Selector = new Dictionary<string, string> { ["app"] = "a" }, Ports = [new() { Port = 80, TargetPort = "http" }] },
        };
        var pods = new[] { Make.Pod("p1"), Make.Pod("p2", ready: false), Make.Pod("p3", terminating: true), Make.Pod("p4", phase: "Succeeded") };
        var subset = Assert.Single(SubsetBuilder.Build(service, pods));
        Assert.Equal("10.0.0.1", Assert.Single(subset.Addresses).Ip);
        Assert.Equal("10.0.0.2", Assert.Single(subset.NotReadyAddresses).Ip);
        Assert.Equal(8080, Assert.Single(subset.Ports).Port);
    }

    private static SlicePlan Plan(IReadOnlyList<SlicePlan.Group> groups, params EndpointSlice[] existing) => SlicePlan.Make(s_template, groups, existing);

    private static SlicePlan.Group Group(IEnumerable<int> numbers) => new("IPv4", s_ports, [.. numbers.Select(Endpoint)]);

    private static EndpointSlice Slice(string name, params int[] numbers) => new()
    {
        Metadata = s_template with { Name = name },
        AddressType = "IPv4",
        Ports = s_ports,
        Endpoints = [.. numbers.Select(Endpoint)],
    };

    private static Endpoint Endpoint(int number) => new()
    {
        Addresses = [Address(number)],
        Conditions = new() { Ready = true, Serving = true, Terminating = false },
        TargetRef = new() { Kind = "Pod", Uid = $"u{number}" },
    };

    private static string Address(int number) => $"10.0.{number / 256}.{number % 256}";
}
