using System.Text;
using Proa.Api.Models.Core;
using Proa.Node.Statuses;

namespace Proa.Node.Tests.Statuses;

public sealed class StatusPatchTests
{
    /// <summary>A pod whose sandbox was made anew: an IP that was not taken back stayed, and the status was refused.</summary>
    [Fact]
    public void Make_AnotherAddress_TakesTheOldOneBack()
    {
        var before = new PodStatus { PodIP = "10.0.0.2", PodIPs = [new() { Ip = "10.0.0.2" }], HostIPs = [new() { Ip = "192.0.2.1" }] };
        var after = before with { PodIP = "10.0.0.9", PodIPs = [new() { Ip = "10.0.0.9" }] };
        var patch = Encoding.UTF8.GetString(StatusPatch.Make("u", before, after)!);
        Assert.Equal(
            """{"metadata":{"uid":"u"},"status":{"podIP":"10.0.0.9","$setElementOrder/podIPs":[{"ip":"10.0.0.9"}],"podIPs":[{"ip":"10.0.0.9"},{"ip":"10.0.0.2","$patch":"delete"}]}}""",
            patch);
    }

    [Fact]
    public void Make_FirstAddressOrNone_NamesNothingToTakeBack()
    {
        var with = new PodStatus { PodIPs = [new() { Ip = "10.0.0.2" }] };
        Assert.DoesNotContain("delete", Encoding.UTF8.GetString(StatusPatch.Make("u", new PodStatus(), with)!));
        Assert.Contains("\"podIPs\":null", Encoding.UTF8.GetString(StatusPatch.Make("u", with, new PodStatus())!));
        Assert.Null(StatusPatch.Make("u", with, with));
    }
}
