using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>What reaches out of the pod to its host.</summary>
internal static class HostChecks
{
    public static Finding? Namespaces(PodUnderCheck pod)
    {
        var shared = new List<string>();
        foreach (var field in (ReadOnlySpan<string>)["hostNetwork", "hostPID", "hostIPC"])
        {
            if (pod.Spec.Bool(field) == true)
            {
                shared.Add(field + "=true");
            }
        }
        return shared.Count == 0 ? null : new("host namespaces", string.Join(", ", shared));
    }

    public static Finding? Ports(PodUnderCheck pod)
    {
        var containers = new List<string>();
        var ports = Wording.Set();
        foreach (var container in pod.Containers)
        {
            var bad = false;
            foreach (var item in container.Array("ports") ?? [])
            {
                if ((item as JsonObject)?.Int("hostPort") is { } port and not 0)
                {
                    bad = true;
                    ports.Add(port.ToString(CultureInfo.InvariantCulture));
                }
            }
            if (bad)
            {
                containers.Add(PodUnderCheck.Name(container));
            }
        }
        return containers.Count == 0
            ? null
            : new("hostPort", $"{Wording.Containers(containers)} {Uses(containers.Count)} {Wording.Plural("hostPort", ports.Count)} {string.Join(", ", ports)}");
    }

    /// <summary>A probe that names a host asks the node to connect there.</summary>
    public static Finding? ProbesAndLifecycle(PodUnderCheck pod)
    {
        var containers = Wording.Set();
        var hosts = Wording.Set();
        foreach (var container in pod.Containers)
        {
            var found = AddHosts(container.Object("livenessProbe"), hosts)
                | AddHosts(container.Object("readinessProbe"), hosts)
                | AddHosts(container.Object("startupProbe"), hosts)
                | AddHosts(container.Object("lifecycle")?.Object("postStart"), hosts)
                | AddHosts(container.Object("lifecycle")?.Object("preStop"), hosts);
            if (found)
            {
                containers.Add(PodUnderCheck.Name(container));
            }
        }
        return containers.Count == 0
            ? null
            : new("probe or lifecycle host",
                $"{Wording.Containers(containers)} {Uses(containers.Count)} {Wording.Plural("probe or lifecycle host", hosts.Count)} {Wording.Quoted(hosts)}");
    }

    public static Finding? ProcMount(PodUnderCheck pod)
    {
        var containers = new List<string>();
        var types = Wording.Set();
        foreach (var container in pod.Containers)
        {
            if (PodUnderCheck.SecurityOf(container)?.String("procMount") is { } type and not "Default")
            {
                containers.Add(PodUnderCheck.Name(container));
                types.Add(type);
            }
        }
        return containers.Count == 0
            ? null
            : new("procMount", $"{Wording.Containers(containers)} must not set securityContext.procMount to {Wording.Quoted(types)}");
    }

    public static Finding? ProcMountUnlessOwnUsers(PodUnderCheck pod) => pod.HasOwnUsers ? null : ProcMount(pod);

    public static Finding? WindowsHostProcess(PodUnderCheck pod)
    {
        var containers = new List<string>();
        foreach (var container in pod.Containers)
        {
            if (IsHostProcess(PodUnderCheck.SecurityOf(container)))
            {
                containers.Add(PodUnderCheck.Name(container));
            }
        }
        var whole = IsHostProcess(pod.Security);
        return whole || containers.Count > 0
            ? new("hostProcess", $"{Wording.Setters(whole, containers)} must not set securityContext.windowsOptions.hostProcess=true")
            : null;
    }

    private static bool IsHostProcess(JsonObject? security) => security?.Object("windowsOptions")?.Bool("hostProcess") == true;

    private static bool AddHosts(JsonObject? handler, SortedSet<string> hosts)
    {
        var found = false;
        foreach (var kind in (ReadOnlySpan<string>)["httpGet", "tcpSocket"])
        {
            if (handler?.Object(kind)?.String("host") is { Length: > 0 } host)
            {
                hosts.Add(host);
                found = true;
            }
        }
        return found;
    }

    private static string Uses(int count) => count == 1 ? "uses" : "use";
}
