using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Node.Statuses;

namespace Proa.Node.Tests.Statuses;

public sealed class PodResourcesTests
{
    private static readonly ContainerStatus s_ready = new() { Name = "c", Ready = true };

    [Fact]
    public void Allocated_InitAndSidecar_IsTheHighestThatRunsAtOnce()
    {
        var spec = new PodSpec
        {
            Containers = [Container("100m"), Container("50m")],
            InitContainers = [Container("30m", "Always"), Container("400m")],
            Overhead = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("1m") },
        };

        Assert.Equal("431m", PodResources.Allocated(spec)["cpu"].ToString());
    }

    [Fact]
    public void Of_NotYetRunning_SumsContainers()
    {
        var limited = new PodSpec { Containers = [Container("100m") with { Resources = new() { Limits = Amounts("200m"), Requests = Amounts("100m") } }] };
        var next = new PodStatus { Phase = "Running", ContainerStatuses = [s_ready] };

        var resources = PodResources.Of(limited, new() { Phase = "Pending" }, next);

        Assert.Equal("200m", resources?.Limits["cpu"].ToString());
        Assert.Equal("100m", resources?.Requests["cpu"].ToString());
        Assert.NotNull(PodResources.Of(new(), PodStatus.Empty, next));
    }

    [Fact]
    public void Of_RunningAndUnchanged_StaysAsItWas()
    {
        var running = new PodStatus { Phase = "Running", ContainerStatuses = [s_ready], Resources = new() { Requests = Amounts("7m") } };

        Assert.Equal(running.Resources, PodResources.Of(new() { Containers = [Container("1m")] }, running, running with { PodIP = "10.0.0.1" }));
    }

    [Fact]
    public void Of_RunningAndChanged_IsWhatThePodItselfWasGiven()
    {
        var running = new PodStatus { Phase = "Running", ContainerStatuses = [s_ready], Resources = new() };
        var changed = running with { ContainerStatuses = [s_ready with { RestartCount = 1 }] };
        var spec = new PodSpec { Containers = [Container("1m") with { Resources = new() { Requests = new Dictionary<string, Quantity> { ["memory"] = Quantity.Parse("3Mi") } } }] };

        Assert.Null(PodResources.Of(spec, running, changed));
        Assert.Null(PodResources.Of(spec, running, running with { ObservedGeneration = 2 }));
        var own = PodResources.Of(spec with { Resources = new() { Requests = Amounts("2") } }, running, changed);
        Assert.Equal(["2", "3Mi"], own?.Requests.OrderBy(amount => amount.Key).Select(amount => amount.Value.ToString()));
    }

    private static Container Container(string cpu, string? restart = null) =>
        new() { Name = "c", RestartPolicy = restart, Resources = new() { Requests = Amounts(cpu) } };

    private static Dictionary<string, Quantity> Amounts(string cpu) => new() { ["cpu"] = Quantity.Parse(cpu) };
}
