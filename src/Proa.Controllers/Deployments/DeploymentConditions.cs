using Proa.Api.Models.Apps;

namespace Proa.Controllers.Deployments;

/// <summary>Conditions of a deployment; setting one moves it to the end only when its status or reason changes. Pure.</summary>
internal static class DeploymentConditions
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";

    public const string NewSetAvailable = "NewReplicaSetAvailable";
    public const string TimedOut = "ProgressDeadlineExceeded";
    public const string Paused = "DeploymentPaused";

    public static DeploymentCondition? Get(DeploymentStatus status, string type)
    {
        foreach (var condition in status.Conditions)
        {
            if (condition.Type == type)
            {
                return condition;
            }
        }
        return null;
    }

    public static DeploymentStatus Remove(DeploymentStatus status, string type) =>
        Get(status, type) is null ? status : status with { Conditions = [.. status.Conditions.Where(condition => condition.Type != type)] };

    public static DeploymentStatus Set(DeploymentStatus status, string type, string value, string reason, string message, DateTimeOffset now) =>
        Set(status, new() { Type = type, Status = value, Reason = reason, Message = message, LastUpdateTime = now, LastTransitionTime = now });

    public static DeploymentStatus Set(DeploymentStatus status, DeploymentCondition condition)
    {
        var current = Get(status, condition.Type);
        if (current?.Status == condition.Status && current.Reason == condition.Reason)
        {
            return status;
        }
        if (current?.Status == condition.Status)
        {
            condition = condition with { LastTransitionTime = current.LastTransitionTime };
        }
        return status with { Conditions = [.. status.Conditions.Where(other => other.Type != condition.Type), condition] };
    }
}
