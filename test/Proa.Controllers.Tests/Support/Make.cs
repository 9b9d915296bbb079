using Proa.Api.Models.Core;

namespace Proa.Controllers.Tests.Support;

/// <summary>Small objects for tests.</summary>
internal static class Make
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Pod Pod(string name, string phase = "Running", bool ready = true, string? node = "n1", TimeSpan readyFor = default, bool terminating = false) => new()
    {
        Metadata = new()
        {
            Name = name,
            Namespace = "default",
            Uid = "uid-" + name,
            Labels = new Dictionary<string, string> { ["app"] = "a" },
            CreationTimestamp = Start,
            DeletionTimestamp = terminating ? Start : null,
        },
        Spec = new() { NodeName = node, Containers = [new() { Name = "c", Ports = [new() { Name = "http", ContainerPortValue = 8080, Protocol = "TCP" }] }] },
        Status = new()
        {
            Phase = phase,
            PodIP = "10.0.0." + (name.GetHashCode(StringComparison.Ordinal) & 0xff),
            PodIPs = [new() { Ip = "10.0.0." + name[^1] }],
            Conditions = [new() { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = Start - readyFor }],
        },
    };
}
