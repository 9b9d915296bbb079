using System.Text;
using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>A pod's <c>/etc/hosts</c>.</summary>
internal static class HostsFile
{
    public static string Render(Pod pod, IReadOnlyList<string> ips, string clusterDomain, string hostFile)
    {
        var text = new StringBuilder();
        if (pod.Spec.HostNetwork == true)
        {
            text.Append("# Kubernetes-managed hosts file (host network).\n");
            text.Append(File.Exists(hostFile) ? File.ReadAllText(hostFile) : "127.0.0.1\tlocalhost\n");
        }
        else
        {
            text.Append("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
                .Append("fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n");
            var name = PodHostname.Short(pod);
            var full = PodHostname.Full(pod, clusterDomain);
            foreach (var ip in ips)
            {
                text.Append(ip).Append('\t').Append(full is null ? name : $"{full}\t{name}").Append('\n');
            }
        }
        if (pod.Spec.HostAliases.Count > 0)
        {
            text.Append("\n# Entries added by HostAliases.\n");
            foreach (var alias in pod.Spec.HostAliases)
            {
                text.Append(alias.Ip).Append('\t').AppendJoin('\t', alias.Hostnames).Append('\n');
            }
        }
        return text.ToString();
    }
}
