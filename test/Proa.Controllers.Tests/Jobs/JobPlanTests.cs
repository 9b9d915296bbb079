using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Controllers.Jobs;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Jobs;

public sealed class JobPlanTests
{
    private static readonly Job s_job = new()
    {
        Metadata = new() { Name = "j", Namespace = "default", Uid = "ju" },
        Spec = new() { Completions = 3, Parallelism = 2, BackoffLimit = 2 },
        Status = new() { StartTime = Make.Start },
    };

    [Fact]
    public void Of_NothingYet_StartsAsManyAsMayRun() => Assert.Equal(2, Plan(s_job).Create.Count);

    [Fact]
    public void Of_TwoOfThreeDone_StartsOnlyTheLast() => Assert.Single(Plan(s_job with { Status = s_job.Status with { Succeeded = 2 } }).Create);

    [Fact]
    public void Of_AllDone_IsCompleteOnceTheyAreCounted()
    {
        Pod[] pods = [Pod("a", "Succeeded"), Pod("b", "Succeeded"), Pod("c", "Succeeded")];
        var count = JobCount.Of(s_job, pods);
        Assert.Equal("CompletionsReached", JobPlan.Of(s_job, count, Make.Start).End!.Reason);
        Assert.Equal(3, count.ToRelease.Count);
        var status = JobConditions.Status(s_job, count, JobPlan.Of(s_job, count, Make.Start).End, 0, over: false, Make.Start);
        Assert.Equal(["uid-a", "uid-b", "uid-c"], status.UncountedTerminatedPods!.Succeeded);
        Assert.Null(status.Succeeded);
        Assert.Equal(["SuccessCriteriaMet"], status.Conditions.Select(condition => condition.Type));

        // The finalizers are gone: now they are a number, and the job is over.
        var told = s_job with { Status = status };
        count = JobCount.Of(told, [.. pods.Select(Released)]);
        status = JobConditions.Status(told, count, JobPlan.Of(told, count, Make.Start).End, 0, over: true, Make.Start);
        Assert.Equal((3, new UncountedTerminatedPods()), (status.Succeeded, status.UncountedTerminatedPods));
        Assert.Equal(["SuccessCriteriaMet", "Complete"], status.Conditions.Select(condition => condition.Type));
        Assert.Equal(Make.Start, status.CompletionTime);
    }

    [Fact]
    public void Of_PodVanishesAfterItWasWritten_IsStillCounted()
    {
        var written = s_job with { Status = s_job.Status with { UncountedTerminatedPods = new() { Succeeded = ["gone"] } } };
        Assert.Equal(1, JobCount.Of(written, []).SettledSucceeded);
    }

    [Fact]
    public void Of_Failures_WaitLongerEachTimeAndThenEndIt()
    {
        var failed = Pod("a", "Failed");
        var plan = Plan(s_job, failed);
        Assert.Empty(plan.Create);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.Wait);
        plan = Plan(s_job with { Status = s_job.Status with { Failed = 1 } }, failed);
        Assert.Equal(TimeSpan.FromSeconds(20), plan.Wait);
        plan = Plan(s_job with { Status = s_job.Status with { Failed = 2 } }, failed);
        Assert.Equal((false, "BackoffLimitExceeded"), (plan.End!.Success, plan.End.Reason));
    }

    [Fact]
    public void Of_DeadlinePassed_Fails()
    {
        var job = s_job with { Spec = s_job.Spec with { ActiveDeadlineSeconds = 5 } };
        Assert.Equal(TimeSpan.FromSeconds(5), Plan(job).Wait);
        var plan = JobPlan.Of(job, JobCount.Of(job, [Pod("a", "Running")]), Make.Start.AddSeconds(5));
        Assert.Equal("DeadlineExceeded", plan.End!.Reason);
        Assert.Single(plan.Delete);
    }

    [Fact]
    public void Of_Suspended_StopsItsPods()
    {
        var plan = Plan(s_job with { Spec = s_job.Spec with { Suspend = true } }, Pod("a", "Running"));
        Assert.Single(plan.Delete);
        Assert.Empty(plan.Create);
    }

    [Fact]
    public void Of_Indexed_MakesTheMissingIndexes()
    {
        var job = s_job with { Spec = s_job.Spec with { CompletionMode = "Indexed", Completions = 5, Parallelism = 3 }, Status = s_job.Status with { CompletedIndexes = "0,2" } };
        var running = Pod("a", "Running");
        running = running with { Metadata = running.Metadata with { Annotations = new Dictionary<string, string> { [JobPods.Index] = "1" } } };
        Assert.Equal([3, 4], Plan(job, running).Create);
        var pod = JobPods.Make(job, 3);
        Assert.Equal(("j-3-", "j-3", "3"), (pod.Metadata.GenerateName, pod.Spec.Hostname, pod.Metadata.Labels[JobPods.Index]));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("1", "1")]
    [InlineData("1,2", "1,2")]
    [InlineData("3,1,2,7", "1-3,7")]
    [InlineData("0-4,6,7", "0-4,6,7")]
    public void IndexRanges_ReadAndWritten_AreShortest(string text, string expected) => Assert.Equal(expected, IndexRanges.Write(IndexRanges.Parse(text)));

    private static JobPlan Plan(Job job, params Pod[] pods) => JobPlan.Of(job, JobCount.Of(job, pods), Make.Start);

    private static Pod Pod(string name, string phase)
    {
        var pod = Make.Pod(name, phase);
        return pod with { Metadata = pod.Metadata with { Finalizers = [JobPods.Finalizer] } };
    }

    private static Pod Released(Pod pod) => pod with { Metadata = pod.Metadata with { Finalizers = [] } };
}
