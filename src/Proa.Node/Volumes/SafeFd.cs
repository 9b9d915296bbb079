using System.Runtime.InteropServices;

namespace Proa.Node.Volumes;

/// <summary>An open file descriptor.</summary>
internal sealed partial class SafeFd(int number) : IDisposable
{
    private bool _closed;

    public int Number { get; } = number;

    /// <summary>A path by which the kernel finds the open file, whatever was renamed meanwhile.</summary>
    public string ProcPath => $"/proc/self/fd/{Number}";

    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ = close(Number);
        }
    }

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
