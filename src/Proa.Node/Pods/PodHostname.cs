using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>What a pod calls itself.</summary>
internal static class PodHostname
{
    private const int MaxLabel = 63;

    /// <summary>The short name: its own, or the pod's.</summary>
    public static string Short(Pod pod)
    {
        var name = !string.IsNullOrEmpty(pod.Spec.Hostname) ? pod.Spec.Hostname : pod.Metadata.Name ?? "";
        return name.Length <= MaxLabel ? name : name[..MaxLabel].TrimEnd('-', '.');
    }

    /// <summary>With its subdomain, such as <c>a.db.shop.svc.cluster.local</c>; null when it has none.</summary>
    public static string? Full(Pod pod, string clusterDomain) =>
        string.IsNullOrEmpty(pod.Spec.Subdomain) ? null
        : $"{Short(pod)}.{pod.Spec.Subdomain}.{pod.Metadata.Namespace}.svc.{clusterDomain}";

    /// <summary>What the kernel is told.</summary>
    public static string Kernel(Pod pod, string clusterDomain)
    {
        if (!string.IsNullOrEmpty(pod.Spec.HostnameOverride))
        {
            return pod.Spec.HostnameOverride;
        }
        return pod.Spec.SetHostnameAsFQDN == true && Full(pod, clusterDomain) is { Length: <= 64 } full ? full : Short(pod);
    }
}
