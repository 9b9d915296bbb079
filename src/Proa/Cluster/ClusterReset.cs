using Microsoft.Extensions.Logging.Abstractions;
using Proa.Network;
using Proa.Network.Pods;
using Proa.Setup;

namespace Proa.Cluster;

/// <summary>
/// Removes what a stopped cluster left on the machine. It goes by what carries the cluster's name (control groups, device,
/// table) or lies in its directory (sockets, mounts), so it also works when containerd is gone or broken.
/// </summary>
internal static class ClusterReset
{
    public static async Task RunAsync(ClusterPaths paths, ClusterConfig config, CancellationToken ct)
    {
        // Shims first: one that sees its container die would write to files that are being removed.
        await KillAsync(process => process.CommandLine.Contains($"{paths.Containerd}/", StringComparison.Ordinal) && process.Name.StartsWith("containerd", StringComparison.Ordinal), ct);
        await KillAsync(process => process.CGroups.Contains($"/proa-{config.Id}/", StringComparison.Ordinal), ct);
        try
        {
            await new PodNetwork(NodeParts.NetworkOf(paths, config), NullLogger.Instance).RemoveAsync(ct);
        }
        catch (NetworkException e)
        {
            throw new UserException(e.Message, "mend it and run `proa reset` again: the cluster's files are still there");
        }
        Mounts.DetachBelow(paths.Root);
        RemoveControlGroups($"proa-{config.Id}");
        Directory.Delete(paths.Root, recursive: true);
    }

    private static async Task KillAsync(Func<ProcessInfo, bool> match, CancellationToken ct)
    {
        // Again until none is left: a killed shim's container may have forked meanwhile.
        for (var found = ProcessInfo.All().Where(match).ToList(); found.Count > 0; found = [.. ProcessInfo.All().Where(match)])
        {
            await Task.WhenAll(found.Select(process => process.KillAsync(ct)));
        }
    }

    private static void RemoveControlGroups(string name)
    {
        var roots = Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Select(folder => Path.Combine(folder, name));
        foreach (var root in roots.Where(Directory.Exists))
        {
            foreach (var group in Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(root))
            {
                try
                {
                    Directory.Delete(group);
                }
                catch (IOException)
                {
                    // A hierarchy mounted twice shows the same group twice.
                }
            }
        }
    }
}
