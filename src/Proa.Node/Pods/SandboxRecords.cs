using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

/// <summary>Reads sandboxes as the runtime tells them.</summary>
internal static class SandboxRecords
{
    public static SandboxRecord From(PodSandboxStatus status)
    {
        var ips = new List<string>();
        if (status.Network is { Ip.Length: > 0 } network)
        {
            ips.Add(network.Ip);
            foreach (var more in network.AdditionalIps)
            {
                ips.Add(more.Ip);
            }
        }
        return new(
            status.Id, (int)status.Metadata.Attempt, status.State == PodSandboxState.SandboxReady, ips,
            DateTimeOffset.UnixEpoch.AddTicks(status.CreatedAt / 100));
    }
}
