using System.Text;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class WorkloadTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Job_TwoCompletions_CompletesAsRecorded()
    {
        await JobAsync("ok", "\"completions\":2,\"parallelism\":2");
        var job = await _cluster.WaitAsync<Job>("default", "j", job => job.Status.CompletionTime is not null);
        Assert.Equal((2, null, 0, 0), (job.Status.Succeeded, job.Status.Active, job.Status.Ready, job.Status.Terminating));
        Assert.Equal(["SuccessCriteriaMet/CompletionsReached", "Complete/CompletionsReached"], job.Status.Conditions.Select(condition => $"{condition.Type}/{condition.Reason}"));
        Assert.Equal(new UncountedTerminatedPods(), job.Status.UncountedTerminatedPods);
        var pods = await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2 && pods.All(pod => pod.Metadata.Finalizers.Count == 0));
        Assert.All(pods, pod => Assert.Matches("^j-[a-z0-9]{5}$", pod.Metadata.Name));
        await EventsAsync(events => events.Contains("Job Completed Job completed job-controller 1") && events.Count(e => e.StartsWith("Job SuccessfulCreate Created pod: j-", StringComparison.Ordinal)) == 2);
    }

    [Fact]
    public async Task Job_Fails_EndsAtTheBackoffLimit()
    {
        await JobAsync("fail", "\"backoffLimit\":0");
        var job = await _cluster.WaitAsync<Job>("default", "j", job => job.Status.Conditions.Any(condition => condition.Type == "Failed"));
        Assert.Equal(["FailureTarget/BackoffLimitExceeded", "Failed/BackoffLimitExceeded"], job.Status.Conditions.Select(condition => $"{condition.Type}/{condition.Reason}"));
        Assert.Equal(1, job.Status.Failed);
    }

    [Fact]
    public async Task StatefulSet_TwoReplicas_ComesUpInOrderAndUpdatesFromTheTop()
    {
        await _cluster.CreateAsync("""
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"st"},"spec":{"replicas":2,"serviceName":"s","selector":{"matchLabels":{"app":"a"}},
            "updateStrategy":{"type":"RollingUpdate"},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        var set = await _cluster.WaitAsync<StatefulSet>("default", "st", set => set.Status.AvailableReplicas == 2);
        Assert.Equal((2, 2, 2, 2, 0), (set.Status.Replicas, set.Status.ReadyReplicas, set.Status.CurrentReplicas, set.Status.UpdatedReplicas, set.Status.CollisionCount));
        Assert.Equal(set.Status.CurrentRevision, set.Status.UpdateRevision);
        await EventsAsync(events => events.Contains("StatefulSet SuccessfulCreate Create Pod st-0 in StatefulSet st successful statefulset-controller 1")
            && events.Contains("StatefulSet SuccessfulCreate Create Pod st-1 in StatefulSet st successful statefulset-controller 1"));

        await _cluster.Client.PatchAsync<StatefulSet>("default", "st", PatchKind.Strategic, """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"v2"}]}}}}"""u8.ToArray(), _cluster.Ct);
        var updated = await _cluster.WaitAsync<StatefulSet>("default", "st", now => now.Status.UpdateRevision != set.Status.UpdateRevision && now.Status.CurrentRevision == now.Status.UpdateRevision && now.Status.ReadyReplicas == 2);
        Assert.All(await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2), pod => Assert.Equal("v2", pod.Spec.Containers[0].Image));
        Assert.Equal(2, (await _cluster.WaitAllAsync<ControllerRevision>("default", revisions => revisions.Count == 2)).Max(revision => revision.Revision));
        Assert.Equal(2, updated.Status.UpdatedReplicas);
    }

    [Fact]
    public async Task DaemonSet_OneNode_RunsOnePodThere()
    {
        await _cluster.CreateAsync("""
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"ds"},"spec":{"selector":{"matchLabels":{"app":"a"}},
            "template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        var set = await _cluster.WaitAsync<DaemonSet>("default", "ds", set => set.Status.NumberAvailable == 1);
        Assert.Equal((1, 1, 1, 1, 0, null), (
            set.Status.CurrentNumberScheduled, set.Status.DesiredNumberScheduled, set.Status.NumberReady, set.Status.UpdatedNumberScheduled, set.Status.NumberMisscheduled, set.Status.NumberUnavailable));
        Assert.Matches("^ds-[a-z0-9]{5}$", Assert.Single(await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 1)).Metadata.Name);
    }

    [Fact]
    public async Task Budget_OverADeployment_CountsItsPods()
    {
        await _cluster.CreateAsync("""{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"a"}}}}""");
        await _cluster.CreateAsync("""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"a"}},
            "template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        await _cluster.WaitAsync<PodDisruptionBudget>("default", "b", b => b.Status is { CurrentHealthy: 2, DesiredHealthy: 1, DisruptionsAllowed: 1, ExpectedPods: 2 });
    }

    [Fact]
    public async Task CronJob_Due_StartsAJobNamedAfterTheMinute()
    {
        await _cluster.CreateAsync("""
            {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"cj"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{
            "template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"ok"}]}}}}}}
            """);
        // A minute has passed since it last ran: it is due now.
        var long_ago = TimeProvider.System.GetUtcNow().AddMinutes(-1.5);
        await _cluster.Client.ModifyAsync<CronJob>("default", "cj", cron => cron with { Status = cron.Status with { LastScheduleTime = long_ago } }, _cluster.Ct, "status");
        var job = Assert.Single(await _cluster.WaitAllAsync<Job>("default", jobs => jobs.Count == 1 && jobs[0].Status.Succeeded == 1));
        Assert.Matches("^cj-[0-9]{8}$", job.Metadata.Name);
        await _cluster.WaitAsync<CronJob>("default", "cj", cron => cron.Status.Active.Count == 0 && cron.Status.LastSuccessfulTime is not null);
    }

    private Task JobAsync(string image, string spec) => _cluster.CreateAsync($$$"""
        {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{{{{spec}}},
        "template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"{{{image}}}"}]} } } }
        """);

    private Task EventsAsync(Func<List<string>, bool> expected) => _cluster.WaitAllAsync<Event>("default", events => expected(
        [.. events.Select(e => $"{e.InvolvedObject.Kind} {e.Reason} {e.Message} {e.Source.Component} {e.Count}")]));
}
