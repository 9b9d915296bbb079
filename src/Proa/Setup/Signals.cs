using System.Runtime.InteropServices;

namespace Proa.Setup;

internal static partial class Signals
{
    private const int SigTerm = 15;

    public static void Terminate(int pid) => Kill(pid, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    /// <summary>The effective user: 0 is root.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();
}
