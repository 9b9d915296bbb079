using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>Capabilities beyond the usual ones.</summary>
internal static class CapabilityChecks
{
    private static readonly HashSet<string> s_usual = new(StringComparer.Ordinal)
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
        "SYS_CHROOT",
    };

    public static Finding? Baseline(PodUnderCheck pod)
    {
        var (containers, added) = Adding(pod, static name => !s_usual.Contains(name));
        return containers.Count == 0
            ? null
            : new("non-default capabilities", $"{Wording.Containers(containers)} must not include {Wording.Quoted(added)} in securityContext.capabilities.add");
    }

    public static Finding? Restricted(PodUnderCheck pod)
    {
        var keeping = new List<string>();
        foreach (var container in pod.Containers)
        {
            if (!Texts(PodUnderCheck.SecurityOf(container)?.Object("capabilities")?.Array("drop")).Contains("ALL"))
            {
                keeping.Add(PodUnderCheck.Name(container));
            }
        }
        var (adding, added) = Adding(pod, static name => name != "NET_BIND_SERVICE");
        var details = new List<string>();
        if (keeping.Count > 0)
        {
            details.Add($"{Wording.Containers(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]");
        }
        if (adding.Count > 0)
        {
            details.Add($"{Wording.Containers(adding)} must not include {Wording.Quoted(added)} in securityContext.capabilities.add");
        }
        return details.Count == 0 ? null : new("unrestricted capabilities", string.Join("; ", details));
    }

    public static Finding? RestrictedUnlessWindows(PodUnderCheck pod) => pod.IsWindows ? null : Restricted(pod);

    private static (List<string> Containers, SortedSet<string> Added) Adding(PodUnderCheck pod, Func<string, bool> isForbidden)
    {
        var containers = new List<string>();
        var added = Wording.Set();
        foreach (var container in pod.Containers)
        {
            var bad = false;
            foreach (var name in Texts(PodUnderCheck.SecurityOf(container)?.Object("capabilities")?.Array("add")))
            {
                if (isForbidden(name))
                {
                    bad = true;
                    added.Add(name);
                }
            }
            if (bad)
            {
                containers.Add(PodUnderCheck.Name(container));
            }
        }
        return (containers, added);
    }

    private static IEnumerable<string> Texts(JsonArray? items) => items is null ? [] : items.OfType<JsonString>().Select(static item => item.Value);
}
