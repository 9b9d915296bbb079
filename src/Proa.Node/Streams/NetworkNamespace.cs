using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Proa.Node.Streams;

/// <summary>Connects to ports inside a pod's network namespace.</summary>
internal static partial class NetworkNamespace
{
    private const int OReadOnly = 0;
    private const int OCloexec = 0x80000;
    private const int CloneNewNet = 0x40000000;

    /// <param name="path">The namespace's file, such as <c>/proc/12/ns/net</c>; null for the host's.</param>
    /// <exception cref="IOException">Nothing listens there, or the namespace is gone.</exception>
    public static async Task<Stream> ConnectAsync(string? path, int port, CancellationToken ct)
    {
        string? refused = null;
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            Socket? socket = null;
            try
            {
                socket = path is null ? NewSocket(address) : await NewSocketInAsync(path, address);
                // The socket stays in the namespace in which it was made, whichever thread connects it.
                await socket.ConnectAsync(address, port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket?.Dispose();
                refused ??= e.Message.ToLowerInvariant();
            }
            catch
            {
                socket?.Dispose();
                throw;
            }
        }
        throw new IOException(refused);
    }

    private static Socket NewSocket(IPAddress address) => new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>A thread of its own enters the namespace, makes the socket and ends: it must never serve anything else.</summary>
    private static Task<Socket> NewSocketInAsync(string path, IPAddress address)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    Enter(path);
                    made.SetResult(NewSocket(address));
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    made.SetException(e);
                }
            },
            maxStackSize: 256 << 10)
        {
            IsBackground = true,
            Name = "pod socket",
        };
        thread.Start();
        return made.Task;
    }

    private static void Enter(string path)
    {
        var fd = open(path, OReadOnly | OCloexec);
        if (fd < 0)
        {
            throw new IOException($"the pod's network namespace {path} is gone");
        }
        var code = setns(fd, CloneNewNet);
        var error = Marshal.GetLastPInvokeError();
        _ = close(fd);
        if (code != 0)
        {
            throw new IOException($"cannot enter the network namespace {path}: error {error}");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int type);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
