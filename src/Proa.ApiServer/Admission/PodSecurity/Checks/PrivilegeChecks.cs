namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>Root, and ways to become it.</summary>
internal static class PrivilegeChecks
{
    public static Finding? Privileged(PodUnderCheck pod)
    {
        var containers = Where(pod, static container => PodUnderCheck.SecurityOf(container)?.Bool("privileged") == true);
        return containers.Count == 0 ? null : new("privileged", $"{Wording.Containers(containers)} must not set securityContext.privileged=true");
    }

    public static Finding? Escalation(PodUnderCheck pod)
    {
        var containers = Where(pod, static container => PodUnderCheck.SecurityOf(container)?.Bool("allowPrivilegeEscalation") != false);
        return containers.Count == 0
            ? null
            : new("allowPrivilegeEscalation != false", $"{Wording.Containers(containers)} must set securityContext.allowPrivilegeEscalation=false");
    }

    public static Finding? EscalationUnlessWindows(PodUnderCheck pod) => pod.IsWindows ? null : Escalation(pod);

    public static Finding? RunAsNonRoot(PodUnderCheck pod)
    {
        var whole = pod.Security?.Bool("runAsNonRoot");
        var explicitly = Where(pod, static container => PodUnderCheck.SecurityOf(container)?.Bool("runAsNonRoot") == false);
        if (whole == false || explicitly.Count > 0)
        {
            return new("runAsNonRoot != true", $"{Wording.Setters(whole == false, explicitly)} must not set securityContext.runAsNonRoot=false");
        }
        var silent = whole == true ? [] : Where(pod, static container => PodUnderCheck.SecurityOf(container)?.Bool("runAsNonRoot") is null);
        return silent.Count == 0
            ? null
            : new("runAsNonRoot != true", $"pod or {Wording.Containers(silent)} must set securityContext.runAsNonRoot=true");
    }

    public static Finding? RunAsNonRootUnlessOwnUsers(PodUnderCheck pod) => pod.HasOwnUsers ? null : RunAsNonRoot(pod);

    public static Finding? RunAsUser(PodUnderCheck pod)
    {
        var whole = pod.Security?.Int("runAsUser") == 0;
        var containers = Where(pod, static container => PodUnderCheck.SecurityOf(container)?.Int("runAsUser") == 0);
        return whole || containers.Count > 0 ? new("runAsUser=0", $"{Wording.Setters(whole, containers)} must not set runAsUser=0") : null;
    }

    public static Finding? RunAsUserUnlessOwnUsers(PodUnderCheck pod) => pod.HasOwnUsers ? null : RunAsUser(pod);

    private static List<string> Where(PodUnderCheck pod, Func<Proa.Api.Json.JsonObject, bool> isBad) =>
        [.. pod.Containers.Where(isBad).Select(PodUnderCheck.Name)];
}
