using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Proa.Node.Logs;

/// <summary>Tells two files of one name apart: device and inode.</summary>
internal readonly unsafe partial record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    private const int AtEmptyPath = 0x1000;
    private const uint StatxInode = 0x100;

    public static FileIdentity Of(SafeFileHandle file)
    {
        // struct statx: the inode stands at byte 32, the device's two numbers at 136 and 140.
        var stat = stackalloc byte[256];
        if (statx((int)file.DangerousGetHandle(), "", AtEmptyPath, StatxInode, stat) != 0)
        {
            throw new IOException($"statx failed with {Marshal.GetLastPInvokeError()}");
        }
        return new(*(uint*)(stat + 136), *(uint*)(stat + 140), *(ulong*)(stat + 32));
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* stat);
}
