namespace Proa.Node.Pods;

/// <summary>Labels and annotations on sandboxes and containers, by the names that tools of the field know.</summary>
internal static class PodLabels
{
    public const string PodName = "io.kubernetes.pod.name";
    public const string PodNamespace = "io.kubernetes.pod.namespace";
    public const string PodUid = "io.kubernetes.pod.uid";
    public const string ContainerName = "io.kubernetes.container.name";
    public const string ContainerHash = "io.kubernetes.container.hash";
    public const string RestartCount = "io.kubernetes.container.restartCount";
    public const string TerminationMessagePath = "io.kubernetes.container.terminationMessagePath";
    public const string TerminationMessagePolicy = "io.kubernetes.container.terminationMessagePolicy";

    /// <summary>Where a container's termination message is on the host, so that a later run finds it.</summary>
    public const string TerminationMessageFile = "proa.io/termination-message-file";
}
