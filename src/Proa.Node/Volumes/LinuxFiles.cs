using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Proa.Node.Volumes;

/// <summary>What volumes need of the kernel and the base class library does not offer. Each call throws <see cref="IOException"/>.</summary>
internal static unsafe partial class LinuxFiles
{
    private const int OpenAt2Number = 437;
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const int Enoent = 2;
    private const int Einval = 22;
    private const int OPath = 0x200000;
    private const int OCloexec = 0x80000;
    private const int ODirectory = 0x10000;
    private const ulong ResolveNoMagicLinks = 2;
    private const ulong ResolveBeneath = 8;
    private const ulong MsReadOnly = 1;
    private const ulong MsRemount = 32;
    private const ulong MsBind = 4096;
    private const ulong MsRecursive = 16384;
    private const int MntDetach = 2;
    private const uint StatxBasic = 0x7ff;
    private const ulong AttributeMountRoot = 0x2000;

    public static void MountTmpfs(string target, string options)
    {
        if (mount("tmpfs", target, "tmpfs", 0, options) != 0)
        {
            throw Failure($"mount tmpfs on {target}");
        }
    }

    public static void BindMount(string source, string target)
    {
        if (mount(source, target, null, MsBind | MsRecursive, null) != 0)
        {
            throw Failure($"bind mount {source} on {target}");
        }
    }

    public static void RemountReadOnly(string target)
    {
        if (mount(null, target, null, MsBind | MsRemount | MsReadOnly, null) != 0)
        {
            throw Failure($"remount {target} read-only");
        }
    }

    /// <summary>Unmounts; when the mount is in use it is detached and goes when the last user does.</summary>
    public static void Unmount(string target)
    {
        if (umount2(target, 0) != 0 && umount2(target, MntDetach) != 0)
        {
            if (Marshal.GetLastPInvokeError() is Enoent or Einval)
            {
                return;
            }
            throw Failure($"unmount {target}");
        }
    }

    /// <summary>Renames the entry itself, also a link, in place of what has the name.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0)
        {
            throw Failure($"rename {from} to {to}");
        }
    }

    /// <summary>Changes the owner of the entry itself, never of what a link points to; null leaves that half as it is.</summary>
    public static void ChangeOwner(string path, long? uid, long? gid)
    {
        if (lchown(path, uid is { } u ? (uint)u : uint.MaxValue, gid is { } g ? (uint)g : uint.MaxValue) != 0)
        {
            throw Failure($"change the owner of {path}");
        }
    }

    public static bool IsMountPoint(string path)
    {
        Statx stat;
        return statx(AtFdCwd, path, AtSymlinkNoFollow, StatxBasic, &stat) == 0 && (stat.Attributes & AttributeMountRoot) != 0;
    }

    /// <summary>The type bits and permissions of what the path points to, or null when nothing is there.</summary>
    public static FileKind? KindOf(string path)
    {
        Statx stat;
        if (statx(AtFdCwd, path, 0, StatxBasic, &stat) != 0)
        {
            return null;
        }
        return (stat.Mode & 0xF000) switch
        {
            0x4000 => FileKind.Directory,
            0x8000 => FileKind.File,
            0xC000 => FileKind.Socket,
            0x2000 => FileKind.CharDevice,
            0x6000 => FileKind.BlockDevice,
            _ => FileKind.Other,
        };
    }

    /// <summary>
    /// Opens a path below a directory without ever leaving it, whatever links a container may have planted there: the
    /// kernel resolves each step beneath the directory (openat2, RESOLVE_BENEATH). Null when it does not exist.
    /// </summary>
    public static SafeFd? OpenBeneath(string directory, string relative)
    {
        using var root = Open(directory, OPath | ODirectory | OCloexec);
        var fd = OpenAt2(root.Number, relative);
        if (fd >= 0)
        {
            return new SafeFd(fd);
        }
        return Marshal.GetLastPInvokeError() == Enoent ? null : throw Failure($"open {relative} beneath {directory}");
    }

    /// <summary>Makes the missing directories of a path below a directory, never leaving it, and opens the last.</summary>
    public static SafeFd MakeBeneath(string directory, string relative, int mode)
    {
        var at = Open(directory, OPath | ODirectory | OCloexec);
        try
        {
            using var root = Open(directory, OPath | ODirectory | OCloexec);
            var done = "";
            foreach (var part in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                done = done.Length == 0 ? part : $"{done}/{part}";
                var next = OpenAt2(root.Number, done);
                if (next < 0 && Marshal.GetLastPInvokeError() == Enoent)
                {
                    if (mkdirat(at.Number, part, (uint)mode) != 0)
                    {
                        throw Failure($"create {done} beneath {directory}");
                    }
                    next = OpenAt2(root.Number, done);
                    if (next >= 0 && chmod($"/proc/self/fd/{next}", (uint)mode) != 0)
                    {
                        throw Failure($"set the mode of {done} beneath {directory}");
                    }
                }
                if (next < 0)
                {
                    throw Failure($"open {done} beneath {directory}");
                }
                at.Dispose();
                at = new SafeFd(next);
            }
            return at;
        }
        catch
        {
            at.Dispose();
            throw;
        }
    }

    private static SafeFd Open(string path, int flags)
    {
        var fd = open(path, flags, 0);
        return fd >= 0 ? new SafeFd(fd) : throw Failure($"open {path}");
    }

    private static int OpenAt2(int directory, string path)
    {
        var how = new OpenHow { Flags = OPath | OCloexec, Resolve = ResolveBeneath | ResolveNoMagicLinks };
        return (int)openat2(OpenAt2Number, directory, path, &how, sizeof(OpenHow));
    }

    private static IOException Failure(string what)
    {
        var code = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {new Win32Exception(code).Message.ToLowerInvariant()}", code);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string? source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chmod(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, Statx* stat);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long openat2(long number, long directory, string path, OpenHow* how, long size);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(8)]
        public ulong Attributes;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
