using System.Runtime.InteropServices;

namespace Proa.Network.Tests.Kernel;

/// <summary>A named network namespace, and a way to make sockets inside it.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;

    public NetworkNamespace(string name)
    {
        Name = name;
        Command.Run("ip", "netns", "add", name);
        Command.Run("ip", "-n", name, "link", "set", "lo", "up");
    }

    public string Name { get; }

    public string Path => $"/run/netns/{Name}";

    /// <summary>Runs on a thread that is inside; what it opens stays inside.</summary>
    public T Run<T>(Func<T> action)
    {
        T? result = default;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle(Path);
                if (SetNs((int)file.DangerousGetHandle(), CloneNewNet) != 0)
                {
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                }
                result = action();
            }
            catch (Exception e)
            {
                error = e;
            }
        });
        thread.Start();
        thread.Join();
        return error is null ? result! : throw new InvalidOperationException($"in {Name}: {error.Message}", error);
    }

    public void Dispose()
    {
        if (File.Exists(Path))
        {
            Command.Run("ip", "netns", "delete", Name);
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(int fd, int type);
}
