using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Proa.Network.Tests.Kernel;

/// <summary>
/// Starts the test process anew in network and mount namespaces of its own, before anything else runs: the tests get a
/// machine to themselves, and whatever happens, nothing of them is left on the real one.
/// </summary>
internal static partial class Isolation
{
    private const string Marker = "PROA_NETWORK_TESTS_ISOLATED";

    public static bool Active => Environment.GetEnvironmentVariable(Marker) == "1";

    [ModuleInitializer]
    internal static void Enter()
    {
        if (Active || Environment.UserName != "root" || !File.Exists("/usr/bin/unshare"))
        {
            return;
        }
        var own = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        own[0] = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: true)!.FullName;
        var script = "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up && exec \"$@\"";
        string?[] arguments = ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script, "sh", .. own, null];
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(e => (string?)$"{e.Key}={e.Value}").Append($"{Marker}=1").Append(null).ToArray();
        _ = Execve("/usr/bin/unshare", arguments, environment);
    }

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execve(string file, string?[] arguments, string?[] environment);
}
