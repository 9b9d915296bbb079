namespace Proa.Scheduler.Core;

/// <summary>Why a node does not take a pod.</summary>
/// <param name="Reasons">As users see them, counted over nodes.</param>
/// <param name="Resolvable">Whether fewer pods on the node could change it.</param>
internal sealed record Rejection(IReadOnlyList<string> Reasons, bool Resolvable)
{
    public Rejection(string reason, bool resolvable)
        : this([reason], resolvable)
    {
    }
}
