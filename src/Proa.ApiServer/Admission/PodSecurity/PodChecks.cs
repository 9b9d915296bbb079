using Proa.ApiServer.Admission.PodSecurity.Checks;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>All rules of the Pod Security Standards, and what they say of a pod. Pure.</summary>
internal static class PodChecks
{
    /// <summary>Since then no rule has changed.</summary>
    private const int Newest = 35;

    // By level, then by id: the order in which findings are told.
    private static readonly PodCheck[] s_all =
    [
        new("appArmorProfile", PolicyLevel.Baseline, new CheckVersion(0, ProfileChecks.AppArmor)),
        new("capabilities_baseline", PolicyLevel.Baseline, new CheckVersion(0, CapabilityChecks.Baseline)),
        new("hostNamespaces", PolicyLevel.Baseline, new CheckVersion(0, HostChecks.Namespaces)),
        new("hostPathVolumes", PolicyLevel.Baseline, new CheckVersion(0, VolumeChecks.HostPath)),
        new("hostPorts", PolicyLevel.Baseline, new CheckVersion(0, HostChecks.Ports)),
        new("hostProbesAndHostLifecycle", PolicyLevel.Baseline, new CheckVersion(34, HostChecks.ProbesAndLifecycle)),
        new("privileged", PolicyLevel.Baseline, new CheckVersion(0, PrivilegeChecks.Privileged)),
        new("procMount", PolicyLevel.Baseline, new CheckVersion(0, HostChecks.ProcMount), new CheckVersion(35, HostChecks.ProcMountUnlessOwnUsers)),
        new("seLinuxOptions", PolicyLevel.Baseline, new CheckVersion(0, SeLinuxChecks.Since0), new CheckVersion(31, SeLinuxChecks.Since31)),
        new("seccompProfile_baseline", PolicyLevel.Baseline, new CheckVersion(0, SeccompChecks.Annotations), new CheckVersion(19, SeccompChecks.Baseline)),
        new("sysctls", PolicyLevel.Baseline,
            new CheckVersion(0, SysctlChecks.Since0), new CheckVersion(27, SysctlChecks.Since27), new CheckVersion(29, SysctlChecks.Since29), new CheckVersion(32, SysctlChecks.Since32)),
        new("windowsHostProcess", PolicyLevel.Baseline, new CheckVersion(0, HostChecks.WindowsHostProcess)),
        new("allowPrivilegeEscalation", PolicyLevel.Restricted, new CheckVersion(8, PrivilegeChecks.Escalation), new CheckVersion(25, PrivilegeChecks.EscalationUnlessWindows)),
        new("capabilities_restricted", PolicyLevel.Restricted,
            new CheckVersion(22, CapabilityChecks.Restricted, "capabilities_baseline"), new CheckVersion(25, CapabilityChecks.RestrictedUnlessWindows, "capabilities_baseline")),
        new("procMount_restricted", PolicyLevel.Restricted, new CheckVersion(35, HostChecks.ProcMount, "procMount")),
        new("restrictedVolumes", PolicyLevel.Restricted, new CheckVersion(0, VolumeChecks.Restricted, "hostPathVolumes")),
        new("runAsNonRoot", PolicyLevel.Restricted, new CheckVersion(0, PrivilegeChecks.RunAsNonRoot), new CheckVersion(35, PrivilegeChecks.RunAsNonRootUnlessOwnUsers)),
        new("runAsUser", PolicyLevel.Restricted, new CheckVersion(23, PrivilegeChecks.RunAsUser), new CheckVersion(35, PrivilegeChecks.RunAsUserUnlessOwnUsers)),
        new("seccompProfile_restricted", PolicyLevel.Restricted,
            new CheckVersion(19, SeccompChecks.Restricted, "seccompProfile_baseline"), new CheckVersion(25, SeccompChecks.RestrictedUnlessWindows, "seccompProfile_baseline")),
    ];

    /// <summary>What is wrong with the pod under a policy; empty: it may run.</summary>
    public static IReadOnlyList<Finding> Run(LevelVersion policy, PodUnderCheck pod)
    {
        if (policy.Level == PolicyLevel.Privileged)
        {
            return [];
        }
        var minor = Math.Min(policy.Minor, Newest);
        var findings = new List<Finding>();
        foreach (var check in s_all)
        {
            if (check.Level <= policy.Level && check.At(minor) is { } version
                && !(policy.Level == PolicyLevel.Restricted && IsReplaced(check.Id, minor)) && version.Run(pod) is { } finding)
            {
                findings.Add(finding);
            }
        }
        return findings;
    }

    /// <summary>All with their details, for one object.</summary>
    public static string Details(IReadOnlyList<Finding> findings) =>
        string.Join(", ", findings.Select(static finding => finding.Detail.Length > 0 ? $"{finding.Reason} ({finding.Detail})" : finding.Reason));

    /// <summary>The reasons alone, for many objects.</summary>
    public static string Reasons(IReadOnlyList<Finding> findings) => string.Join(", ", findings.Select(static finding => finding.Reason));

    private static bool IsReplaced(string id, int minor)
    {
        foreach (var check in s_all)
        {
            if (check.Level == PolicyLevel.Restricted && check.At(minor)?.Replaces == id)
            {
                return true;
            }
        }
        return false;
    }
}
