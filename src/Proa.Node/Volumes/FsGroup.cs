namespace Proa.Node.Volumes;

/// <summary>
/// Gives a volume to the pod's <c>fsGroup</c>: the group may read (and write, unless read-only), and what is made in its
/// directories inherits the group.
/// </summary>
internal static class FsGroup
{
    public static void ApplyBelow(string root, long group, bool readOnly)
    {
        ApplyTo(root, group, readOnly);
        foreach (var entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }))
        {
            if (entry.LinkTarget is not null)
            {
                LinuxFiles.ChangeOwner(entry.FullName, null, group);
            }
            else if (entry is DirectoryInfo)
            {
                ApplyBelow(entry.FullName, group, readOnly);
            }
            else
            {
                ApplyTo(entry.FullName, group, readOnly);
            }
        }
    }

    /// <summary>One file or directory, which is not a link.</summary>
    public static void ApplyTo(string path, long group, bool readOnly)
    {
        LinuxFiles.ChangeOwner(path, null, group);
        var mode = File.GetUnixFileMode(path);
        mode |= UnixFileMode.UserRead | UnixFileMode.GroupRead;
        if (!readOnly)
        {
            mode |= UnixFileMode.UserWrite | UnixFileMode.GroupWrite;
        }
        if (Directory.Exists(path))
        {
            mode |= UnixFileMode.SetGroup | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
        }
        File.SetUnixFileMode(path, mode);
    }
}
