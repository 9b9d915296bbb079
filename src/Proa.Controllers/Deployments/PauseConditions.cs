using Proa.Api.Models.Apps;

namespace Proa.Controllers.Deployments;

/// <summary>Tells pausing and resuming in the Progressing condition, so that a pause does not run into the deadline. Pure.</summary>
internal static class PauseConditions
{
    /// <returns>The new status when the condition must change; otherwise null.</returns>
    public static DeploymentStatus? Update(Deployment deployment, DateTimeOffset now)
    {
        var current = DeploymentConditions.Get(deployment.Status, DeploymentConditions.Progressing);
        if (!DeploymentStatusBuilder.HasDeadline(deployment) || current?.Reason == DeploymentConditions.TimedOut)
        {
            return null;
        }
        var paused = deployment.Spec.Paused == true;
        var told = current?.Reason == DeploymentConditions.Paused;
        if (paused == told)
        {
            return null;
        }
        var (reason, message) = paused
            ? (DeploymentConditions.Paused, "Deployment is paused")
            : ("DeploymentResumed", "Deployment is resumed");
        return DeploymentConditions.Set(deployment.Status, DeploymentConditions.Progressing, "Unknown", reason, message, now);
    }
}
