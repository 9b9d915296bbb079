using Proa.Api.Models.Core;
using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

/// <summary>Makes the configuration of a pod's sandbox.</summary>
internal sealed class SandboxConfigs(PodPaths paths, PodDns dns, PodCgroup cgroup, string clusterDomain, string seccompDirectory)
{
    public PodSandboxConfig For(Pod pod, int attempt)
    {
        var metadata = pod.Metadata;
        var hostNetwork = pod.Spec.HostNetwork == true;
        var config = new PodSandboxConfig
        {
            Metadata = new() { Name = metadata.Name, Namespace = metadata.Namespace, Uid = metadata.Uid, Attempt = (uint)attempt },
            // A pod of the host's network has the host's name too; runtimes refuse to be told one for a namespace that is not its own.
            Hostname = hostNetwork ? "" : PodHostname.Kernel(pod, clusterDomain),
            LogDirectory = paths.Logs(metadata.Namespace, metadata.Name, metadata.Uid),
            DnsConfig = dns.For(pod),
            Linux = new()
            {
                CgroupParent = cgroup.PathOf(pod),
                SecurityContext = PodSecurity.ForSandbox(pod, seccompDirectory),
            },
        };
        foreach (var (key, value) in metadata.Labels)
        {
            config.Labels[key] = value;
        }
        config.Labels[PodLabels.PodName] = metadata.Name;
        config.Labels[PodLabels.PodNamespace] = metadata.Namespace;
        config.Labels[PodLabels.PodUid] = metadata.Uid;
        foreach (var (key, value) in metadata.Annotations)
        {
            config.Annotations[key] = value;
        }
        foreach (var sysctl in pod.Spec.SecurityContext?.Sysctls ?? [])
        {
            config.Linux.Sysctls[sysctl.Name] = sysctl.Value;
        }
        foreach (var container in pod.Spec.Containers)
        {
            foreach (var port in container.Ports)
            {
                if (port.HostPort is > 0 && !hostNetwork)
                {
                    config.PortMappings.Add(new PortMapping
                    {
                        ContainerPort = port.ContainerPortValue,
                        HostPort = port.HostPort.Value,
                        HostIp = port.HostIP ?? "",
                        Protocol = port.Protocol switch { "UDP" => Protocol.Udp, "SCTP" => Protocol.Sctp, _ => Protocol.Tcp },
                    });
                }
            }
        }
        return config;
    }
}
