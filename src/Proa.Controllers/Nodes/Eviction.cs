using Proa.Api.Models.Core;

namespace Proa.Controllers.Nodes;

/// <summary>When a pod must leave a tainted node. Pure.</summary>
internal static class Eviction
{
    /// <returns>The time at which to delete the pod; null when it may stay.</returns>
    public static DateTimeOffset? Due(Pod pod, IReadOnlyList<Taint> taints, DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        foreach (var taint in taints)
        {
            if (taint.Effect != "NoExecute")
            {
                continue;
            }
            var added = taint.TimeAdded ?? now;
            DateTimeOffset? until = added;
            long? seconds = null;
            var tolerated = false;
            foreach (var toleration in pod.Spec.Tolerations)
            {
                if (!Tolerates(toleration, taint))
                {
                    continue;
                }
                // Of several tolerations the shortest counts, and one without a time lasts forever.
                tolerated = true;
                if (toleration.TolerationSeconds is { } limit && !(seconds <= limit))
                {
                    seconds = Math.Max(0, limit);
                }
            }
            if (tolerated)
            {
                until = seconds is null ? null : added + TimeSpan.FromSeconds(seconds.Value);
            }
            if (until is not null && !(due <= until))
            {
                due = until;
            }
        }
        return due;
    }

    public static bool Tolerates(Toleration toleration, Taint taint) =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) ? toleration.Operator == "Exists" : toleration.Key == taint.Key)
        && (toleration.Operator == "Exists" || (toleration.Value ?? "") == (taint.Value ?? ""));
}
