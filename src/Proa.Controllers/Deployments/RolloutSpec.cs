using Proa.Api.Models.Apps;

namespace Proa.Controllers.Deployments;

/// <summary>What a deployment allows while it rolls: how many pods it wants, how many more or fewer there may be.</summary>
internal readonly record struct RolloutSpec(int Replicas, bool Recreate, int MaxSurge, int MaxUnavailable)
{
    /// <summary>The number of available pods not to go below by one's own doing.</summary>
    public int MinAvailable => Replicas - MaxUnavailable;

    public int MaxTotal => Replicas + MaxSurge;

    /// <exception cref="FormatException">A bound is neither a number nor a percentage; the API refuses those.</exception>
    public static RolloutSpec Of(Deployment deployment)
    {
        var replicas = deployment.Spec.Replicas ?? 1;
        if (deployment.Spec.Strategy.Type == "Recreate")
        {
            return new(replicas, true, 0, 0);
        }
        var rolling = deployment.Spec.Strategy.RollingUpdate;
        var surge = (rolling?.MaxSurge ?? "25%").Scaled(replicas, roundUp: true);
        var unavailable = (rolling?.MaxUnavailable ?? "25%").Scaled(replicas, roundUp: false);
        // Rounding may leave both at zero, with which a rollout could never move.
        if (surge == 0 && unavailable == 0)
        {
            unavailable = 1;
        }
        return new(replicas, false, surge, Math.Min(unavailable, replicas));
    }
}
