using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>Kernel parameters that are not the pod's alone.</summary>
internal static class SysctlChecks
{
    public static Finding? Since0(PodUnderCheck pod) => Check(pod, static name => IsSafe(name, 0));

    public static Finding? Since27(PodUnderCheck pod) => Check(pod, static name => IsSafe(name, 27));

    public static Finding? Since29(PodUnderCheck pod) => Check(pod, static name => IsSafe(name, 29));

    public static Finding? Since32(PodUnderCheck pod) => Check(pod, static name => IsSafe(name, 32));

    private static bool IsSafe(string name, int minor) => name switch
    {
        "kernel.shm_rmid_forced" or "net.ipv4.ip_local_port_range" or "net.ipv4.tcp_syncookies" or "net.ipv4.ping_group_range"
            or "net.ipv4.ip_unprivileged_port_start" => true,
        "net.ipv4.ip_local_reserved_ports" => minor >= 27,
        "net.ipv4.tcp_keepalive_time" or "net.ipv4.tcp_fin_timeout" or "net.ipv4.tcp_keepalive_intvl" or "net.ipv4.tcp_keepalive_probes" => minor >= 29,
        "net.ipv4.tcp_rmem" or "net.ipv4.tcp_wmem" => minor >= 32,
        _ => false,
    };

    private static Finding? Check(PodUnderCheck pod, Func<string, bool> isSafe)
    {
        var forbidden = new List<string>();
        foreach (var item in pod.Security?.Array("sysctls") ?? [])
        {
            if ((item as JsonObject)?.String("name") is { } name && !isSafe(name))
            {
                forbidden.Add(name);
            }
        }
        return forbidden.Count == 0 ? null : new("forbidden sysctls", string.Join(", ", forbidden));
    }
}
