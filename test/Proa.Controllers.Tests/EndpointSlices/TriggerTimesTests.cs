using Proa.Api.Models.Core;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;

namespace Proa.Controllers.Tests.EndpointSlices;

public sealed class TriggerTimesTests
{
    private static readonly NamespacedName s_key = new("n", "s");
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Service s_service = new() { Metadata = new() { Name = "s", Namespace = "n", CreationTimestamp = s_start } };
    private readonly TriggerTimes _times = new();

    [Fact]
    public void Next_FirstLook_IsTheServicesCreation() =>
        Assert.Equal("2030-01-01T00:00:00Z", _times.Next(s_key, s_service, [Pod("a", "True", 9)]));

    [Fact]
    public void Next_SeveralChanged_IsTheEarliest()
    {
        Look(Pod("a", "False", 1), Pod("b", "False", 1));

        Assert.Equal("2030-01-01T00:00:05Z", Look(Pod("a", "True", 7), Pod("b", "True", 5)));
        Assert.Null(Look(Pod("a", "True", 7), Pod("b", "True", 5)));
        Assert.Equal("2030-01-01T00:00:08Z", Look(Pod("a", "False", 8), Pod("b", "True", 5)));
        Assert.Equal("2030-01-01T00:00:08Z", Look(Pod("a", "True", 8), Pod("b", "True", 5)));
    }

    [Fact]
    public void Next_PodThatWasNeverReady_IsNoChange()
    {
        Look();

        Assert.Null(Look(Pod("a", "False", 3)));
        Assert.Equal("2030-01-01T00:00:04Z", Look(Pod("a", "True", 4)));
    }

    [Fact]
    public void Undo_WriteFailed_FindsTheSameChangeAgain()
    {
        Look(Pod("a", "False", 1), Pod("b", "True", 1));
        Look(Pod("a", "True", 5), Pod("b", "True", 1));
        _times.Undo(s_key);

        Assert.Equal("2030-01-01T00:00:05Z", Look(Pod("a", "True", 5), Pod("b", "True", 1)));
    }

    [Fact]
    public void Forget_ServiceComesAgain_StartsAnew()
    {
        Look(Pod("a", "True", 1));
        _times.Forget(s_key);

        Assert.Equal("2030-01-01T00:00:00Z", Look(Pod("a", "True", 1)));
    }

    private string? Look(params Pod[] pods) => _times.Next(s_key, s_service, pods);

    private static Pod Pod(string name, string ready, int second) => new()
    {
        Metadata = new() { Name = name, Namespace = "n" },
        Status = new() { Conditions = [new() { Type = "Ready", Status = ready, LastTransitionTime = s_start.AddSeconds(second) }] },
    };
}
