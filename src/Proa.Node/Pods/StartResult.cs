namespace Proa.Node.Pods;

/// <summary>Whether a container was started, or why it waits.</summary>
/// <param name="Record">The container, when there is one now (also one that was created and failed to start).</param>
/// <param name="Reason">Null: it runs.</param>
/// <param name="Message">The waiting message.</param>
internal sealed record StartResult(ContainerRecord? Record, string? Reason = null, string? Message = null)
{
    public bool Ok => Reason is null;
}
