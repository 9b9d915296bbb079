namespace Proa.Node.Pods;

/// <summary>What probes say of a running container. Immutable.</summary>
/// <param name="Started">The startup probe succeeded, or there is none.</param>
/// <param name="Ready">The readiness probe's last word, or there is none.</param>
/// <param name="LivenessFailed">It must be killed.</param>
/// <param name="StartupFailed">It must be killed: it did not start in time.</param>
internal readonly record struct ContainerHealth(bool Started, bool Ready, bool LivenessFailed, bool StartupFailed)
{
    public static readonly ContainerHealth Unprobed = new(true, true, false, false);
}
