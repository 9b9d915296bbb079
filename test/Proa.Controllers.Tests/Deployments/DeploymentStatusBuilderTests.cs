using Proa.Api.Models.Apps;
using Proa.Controllers.Deployments;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Deployments;

public sealed class DeploymentStatusBuilderTests
{
    private readonly Deployment _deployment = new()
    {
        Metadata = new() { Name = "d", Generation = 1 },
        Spec = new() { Replicas = 2, ProgressDeadlineSeconds = 5 },
    };

    [Fact]
    public void Roll_FromNothingToComplete_GoesThroughTheReasonsOfTheOriginal()
    {
        var now = Make.Start;
        var d = Told(_deployment with { Status = DeploymentConditions.Set(new(), "Progressing", "True", "NewReplicaSetCreated", "m", now) }, Set(2, 0, 0), now);
        Assert.Equal("Progressing=True/NewReplicaSetCreated Available=False/MinimumReplicasUnavailable", Conditions(d.Status));

        d = Told(d, Set(2, 2, 0), now.AddSeconds(1));
        Assert.Equal("Available=False/MinimumReplicasUnavailable Progressing=True/ReplicaSetUpdated", Conditions(d.Status));
        Assert.Equal((2, 2, 2), (d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.UnavailableReplicas));

        d = Told(d, Set(2, 2, 2), now.AddSeconds(2));
        Assert.Equal("Available=True/MinimumReplicasAvailable Progressing=True/NewReplicaSetAvailable", string.Join(' ', Conditions(d.Status).Split(' ').Order()));
        Assert.Null(d.Status.UnavailableReplicas);
        Assert.Equal("ReplicaSet \"d-x\" has successfully progressed.", DeploymentConditions.Get(d.Status, "Progressing")!.Message);
        Assert.Null(DeploymentStatusBuilder.UntilDeadline(d, d.Status, now));
    }

    [Fact]
    public void Roll_NoProgressUntilTheDeadline_TimesOutAndStaysSo()
    {
        var now = Make.Start;
        var d = Told(_deployment with { Status = DeploymentConditions.Set(new(), "Progressing", "True", "NewReplicaSetCreated", "m", now) }, Set(2, 2, 0), now);
        Assert.Equal(TimeSpan.FromSeconds(6), DeploymentStatusBuilder.UntilDeadline(d, d.Status, now));
        Assert.Equal(d.Status, Told(d, Set(2, 2, 0), now.AddSeconds(5)).Status);

        d = Told(d, Set(2, 2, 0), now.AddSeconds(6));
        var condition = DeploymentConditions.Get(d.Status, "Progressing")!;
        Assert.Equal(("False", "ProgressDeadlineExceeded", "ReplicaSet \"d-x\" has timed out progressing."), (condition.Status, condition.Reason, condition.Message));
        Assert.Equal(d.Status, Told(d, Set(2, 2, 0), now.AddSeconds(60)).Status);
        Assert.Null(DeploymentStatusBuilder.UntilDeadline(d, d.Status, now.AddSeconds(60)));

        // A pod that comes up late is progress again.
        Assert.Contains("Progressing=True/ReplicaSetUpdated", Conditions(Told(d, Set(2, 2, 1), now.AddSeconds(70)).Status));
    }

    [Fact]
    public void Roll_PodLostAfterTheEnd_IsNoRollout()
    {
        var d = Told(_deployment, Set(2, 2, 2), Make.Start);
        Assert.Contains("Progressing=True/NewReplicaSetAvailable", Conditions(d.Status));
        d = Told(d, Set(2, 2, 0), Make.Start.AddMinutes(10));
        Assert.Equal("Progressing=True/NewReplicaSetAvailable Available=False/MinimumReplicasUnavailable", Conditions(d.Status));
    }

    [Fact]
    public void Roll_ReplicaSetCannotCreatePods_IsTold()
    {
        var failing = Set(2, 0, 0) with
        {
            Status = new() { Conditions = [new() { Type = "ReplicaFailure", Status = "True", Reason = "FailedCreate", Message = "quota" }] },
        };
        var status = DeploymentStatusBuilder.Roll(_deployment, [failing], failing, Make.Start);
        Assert.Equal("quota", DeploymentConditions.Get(status, "ReplicaFailure")!.Message);
        status = DeploymentStatusBuilder.Roll(_deployment with { Status = status }, [Set(2, 2, 0)], Set(2, 2, 0), Make.Start);
        Assert.Null(DeploymentConditions.Get(status, "ReplicaFailure"));
    }

    [Fact]
    public void PauseConditions_PausedAndResumed_SwitchTheConditionOnce()
    {
        var paused = _deployment with { Spec = _deployment.Spec with { Paused = true } };
        var status = PauseConditions.Update(paused, Make.Start)!;
        Assert.Equal("Progressing=Unknown/DeploymentPaused", Conditions(status));
        Assert.Null(PauseConditions.Update(paused with { Status = status }, Make.Start));
        status = PauseConditions.Update(_deployment with { Status = status }, Make.Start)!;
        Assert.Equal("Progressing=Unknown/DeploymentResumed", Conditions(status));
        Assert.Null(PauseConditions.Update(_deployment with { Status = status }, Make.Start));
    }

    [Fact]
    public void Revisions_OnNewSet_NeverGoBackAndAreRemembered()
    {
        var deployment = _deployment with
        {
            Metadata = _deployment.Metadata with
            {
                Annotations = new Dictionary<string, string> { ["kubernetes.io/change-cause"] = "c", ["kubectl.kubernetes.io/last-applied-configuration"] = "{}" },
            },
        };
        var annotations = Revisions.OnNewSet(deployment, new Dictionary<string, string> { [Revisions.Revision] = "1" }, 3);
        Assert.Equal(("3", "1", "c"), (annotations[Revisions.Revision], annotations[Revisions.History], annotations["kubernetes.io/change-cause"]));
        Assert.DoesNotContain("kubectl.kubernetes.io/last-applied-configuration", annotations.Keys);
        annotations = Revisions.OnNewSet(deployment, annotations, 2);
        Assert.Equal(("3", "1"), (annotations[Revisions.Revision], annotations[Revisions.History]));
        annotations = Revisions.OnNewSet(deployment, annotations, 5);
        Assert.Equal(("5", "1,3"), (annotations[Revisions.Revision], annotations[Revisions.History]));
    }

    private static Deployment Told(Deployment deployment, ReplicaSet set, DateTimeOffset now) =>
        deployment with { Status = DeploymentStatusBuilder.Roll(deployment, [set], set, now) };

    private static ReplicaSet Set(int spec, int replicas, int available) => new()
    {
        Metadata = new() { Name = "d-x", Uid = "x" },
        Spec = new() { Replicas = spec },
        Status = new() { Replicas = replicas, ReadyReplicas = available, AvailableReplicas = available, TerminatingReplicas = 0 },
    };

    private static string Conditions(DeploymentStatus status) =>
        string.Join(' ', status.Conditions.Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}"));
}
