using Proa.Network.Netlink;

namespace Proa.Network.Pods;

/// <summary>The files by which the runtime keeps pods' network namespaces alive.</summary>
internal static class NamespaceFiles
{
    private const int Detach = 2;

    /// <summary>Unmounts and deletes the files of the namespaces with these ids, as this namespace numbers them.</summary>
    public static void Remove(RouteNetlink netlink, IReadOnlySet<int> ids, IReadOnlyList<string> directories)
    {
        if (ids.Count == 0)
        {
            return;
        }
        foreach (var file in directories.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).ToList())
        {
            if (ids.Contains(Id(netlink, file)))
            {
                _ = Libc.Unmount(file, Detach);
                File.Delete(file);
            }
        }
    }

    private static int Id(RouteNetlink netlink, string file)
    {
        try
        {
            using var handle = File.OpenHandle(file);
            return netlink.NamespaceId((int)handle.DangerousGetHandle());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }
}
