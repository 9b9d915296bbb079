using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>Where a pod's control group is, under the cluster's own: <c>/proa-ID/kubepods[/CLASS]/podUID</c>.</summary>
internal sealed class PodCgroup(string clusterId)
{
    private const string Mount = "/sys/fs/cgroup";

    public static bool IsUnified { get; } = File.Exists(Mount + "/cgroup.controllers");

    public string Root => $"/proa-{clusterId}";

    public string PathOf(Pod pod)
    {
        var group = PodQos.Of(pod) switch
        {
            PodQos.Guaranteed => "",
            PodQos.Burstable => "/burstable",
            _ => "/besteffort",
        };
        return $"{Root}/kubepods{group}/pod{pod.Metadata.Uid}";
    }

    /// <summary>Removes what is left of a pod's group when its containers are gone: the runtime removes only theirs.</summary>
    public void Remove(string podUid)
    {
        foreach (var group in (string[])["", "/burstable", "/besteffort"])
        {
            foreach (var hierarchy in Hierarchies())
            {
                RemoveTree($"{hierarchy}{Root}/kubepods{group}/pod{podUid}");
            }
        }
    }

    /// <summary>Removes the cluster's whole group, once nothing runs in it.</summary>
    public void RemoveAll()
    {
        foreach (var hierarchy in Hierarchies())
        {
            RemoveTree(hierarchy + Root);
        }
    }

    private static IEnumerable<string> Hierarchies() => IsUnified ? [Mount] : Directory.EnumerateDirectories(Mount);

    /// <summary>A group is removed with rmdir; its files are the kernel's.</summary>
    private static void RemoveTree(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }
        foreach (var child in Directory.EnumerateDirectories(directory))
        {
            RemoveTree(child);
        }
        try
        {
            Directory.Delete(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something still runs in it: the next removal finds it again.
        }
    }
}
