namespace Proa.Api.Kinds.Pods;

/// <summary>The signals that may end a container, by the pod's operating system.</summary>
internal static class StopSignals
{
    private static readonly string[] s_linux =
    [
        "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE",
        "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX", "SIGRTMAX-1", "SIGRTMAX-10", "SIGRTMAX-11", "SIGRTMAX-12", "SIGRTMAX-13", "SIGRTMAX-14",
        "SIGRTMAX-2", "SIGRTMAX-3", "SIGRTMAX-4", "SIGRTMAX-5", "SIGRTMAX-6", "SIGRTMAX-7", "SIGRTMAX-8", "SIGRTMAX-9", "SIGRTMIN", "SIGRTMIN+1",
        "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4",
        "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP",
        "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
    ];

    private static readonly string[] s_windows = ["SIGKILL", "SIGTERM"];

    public static void Check(string signal, string field, string? os, FieldErrors errors)
    {
        if (os is null)
        {
            errors.Forbidden(field, "may not be set for containers with empty `spec.os.name`");
        }
        else if (os == "windows" && !s_windows.Contains(signal))
        {
            errors.NotSupported(field, signal, s_windows);
        }
        else if (os == "linux" && !s_linux.Contains(signal))
        {
            errors.NotSupported(field, signal, s_linux);
        }
    }
}
