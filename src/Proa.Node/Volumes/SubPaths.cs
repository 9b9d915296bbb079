namespace Proa.Node.Volumes;

/// <summary>
/// Parts of volumes for <c>subPath</c> mounts. A container may have planted links in the volume: the part is found
/// without leaving the volume and pinned by a bind mount, so that what the runtime mounts is what was checked.
/// </summary>
internal static class SubPaths
{
    /// <param name="pinned">Where to pin the part, below the pod's own directory.</param>
    /// <exception cref="IOException">It leads outside, or cannot be made.</exception>
    public static void Pin(string volume, string subPath, string pinned)
    {
        using var part = LinuxFiles.OpenBeneath(volume, subPath) ?? LinuxFiles.MakeBeneath(volume, subPath, 0x1E8);
        if (LinuxFiles.IsMountPoint(pinned))
        {
            LinuxFiles.Unmount(pinned);
        }
        if (LinuxFiles.KindOf(part.ProcPath) == FileKind.Directory)
        {
            if (File.Exists(pinned))
            {
                File.Delete(pinned);
            }
            Directory.CreateDirectory(pinned);
        }
        else
        {
            if (Directory.Exists(pinned))
            {
                Directory.Delete(pinned);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(pinned)!);
            if (!File.Exists(pinned))
            {
                File.WriteAllBytes(pinned, []);
            }
        }
        LinuxFiles.BindMount(part.ProcPath, pinned);
    }
}
