using Proa.Api.Models.Core;
using Proa.Node.Cri.V1;
using Container = Proa.Api.Models.Core.Container;

namespace Proa.Node.Pods;

/// <summary>A container's requests and limits as the kernel takes them: CPU shares and quota, memory, OOM score.</summary>
internal static class ContainerResourceLimits
{
    private const long Period = 100_000;
    private const long MinQuota = 1_000;
    private const long MinShares = 2;
    private const long MaxShares = 262_144;

    /// <param name="pod">The container's pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="machineMemory">Bytes.</param>
    public static LinuxContainerResources For(Pod pod, Container container, long machineMemory)
    {
        var requests = container.Resources.Requests;
        var limits = container.Resources.Limits;
        var cpuLimit = limits.TryGetValue("cpu", out var limit) ? limit.MilliValue : 0;
        var cpuRequest = requests.TryGetValue("cpu", out var request) ? request.MilliValue : cpuLimit;
        var memoryLimit = limits.TryGetValue("memory", out var memory) ? memory.Value : 0;
        var memoryRequest = requests.TryGetValue("memory", out var asked) ? asked.Value : memoryLimit;
        var resources = new LinuxContainerResources
        {
            CpuShares = Math.Clamp(cpuRequest * 1024 / 1000, MinShares, MaxShares),
            CpuPeriod = Period,
            CpuQuota = cpuLimit == 0 ? 0 : Math.Max(cpuLimit * Period / 1000, MinQuota),
            MemoryLimitInBytes = memoryLimit,
            OomScoreAdj = OomScore(PodQos.Of(pod), memoryRequest, machineMemory),
        };
        if (PodCgroup.IsUnified)
        {
            // A container that runs out of memory ends as a whole.
            resources.Unified["memory.oom.group"] = "1";
        }
        return resources;
    }

    /// <summary>Guaranteed pods die last, best-effort ones first, others by how much of the machine they asked for.</summary>
    private static long OomScore(string qos, long memoryRequest, long machineMemory) => qos switch
    {
        PodQos.Guaranteed => -997,
        PodQos.BestEffort => 1000,
        _ => Math.Clamp(1000 - (1000 * memoryRequest / Math.Max(machineMemory, 1)), 3, 999),
    };
}
