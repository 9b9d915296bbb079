using System.Runtime.InteropServices;

namespace Proa.Network.Netlink;

/// <summary>The kernel refused a request.</summary>
/// <param name="errno">A positive errno, such as 17 (EEXIST).</param>
internal sealed class NetlinkException(int errno, string what)
    : Exception($"{what}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    public const int Eperm = 1;
    public const int Enoent = 2;
    public const int Enodev = 19;
    public const int Eexist = 17;
    public const int Enobufs = 105;

    public int Errno { get; } = errno;
}
