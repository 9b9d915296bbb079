using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Controllers.Jobs;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Jobs;

public sealed class JobPolicyTests
{
    private static readonly Job s_job = new()
    {
        Metadata = new() { Name = "j", Namespace = "default", Uid = "ju" },
        Spec = new() { CompletionMode = "Indexed", Completions = 4, Parallelism = 4, BackoffLimit = int.MaxValue },
        Status = new() { StartTime = Make.Start },
    };

    private static readonly PodFailurePolicy s_policy = new()
    {
        Rules =
        [
            new() { Action = "FailJob", OnExitCodes = new() { ContainerName = "c", Operator = "In", Values = [3, 42] } },
            new() { Action = "FailIndex", OnExitCodes = new() { Operator = "NotIn", Values = [1, 2, 3, 42] } },
            new() { Action = "Ignore", OnPodConditions = [new() { Type = "DisruptionTarget", Status = "True" }] },
            new() { Action = "Count", OnExitCodes = new() { Operator = "In", Values = [2] } },
        ],
    };

    [Theory]
    [InlineData(42, null, true, false, "Container c for pod default/p failed with exit code 42 matching FailJob rule at index 0")]
    [InlineData(9, null, true, true, null)]
    [InlineData(1, "DisruptionTarget", false, false, null)]
    [InlineData(1, null, true, false, null)]
    [InlineData(0, "Other", true, false, null)]
    public void FailurePolicy_FirstMatchingRule_Decides(int code, string? condition, bool counts, bool failsIndex, string? failsJob) =>
        Assert.Equal(new JobFailurePolicy(counts, failsIndex, failsJob), JobFailurePolicy.Of(s_policy, Failed("p", 0, code, condition)));

    [Fact]
    public void Plan_PodThatFailsTheJob_EndsIt()
    {
        var job = s_job with { Spec = s_job.Spec with { PodFailurePolicy = s_policy } };
        var plan = Plan(job, Failed("p", 0, 42), Pod("q", "Running", 1));
        Assert.Equal((false, "PodFailurePolicy"), (plan.End!.Success, plan.End.Reason));
        Assert.Single(plan.Delete);
    }

    [Fact]
    public void Count_IgnoredFailure_IsReleasedWithoutBeingCounted_ButWaitedFor()
    {
        var job = s_job with { Spec = s_job.Spec with { PodFailurePolicy = s_policy, BackoffLimit = 0 } };
        var count = JobCount.Of(job, [Failed("p", 0, 1, "DisruptionTarget")]);
        Assert.Equal((0, 1), (count.Failed, count.ToRelease.Count));
        var plan = JobPlan.Of(job, count, Make.Start);
        Assert.Null(plan.End);
        Assert.Empty(plan.Create);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.Wait);
    }

    [Theory]
    [InlineData(null, 2, "0", null)]
    [InlineData(null, 2, "0,3", "Matched rules at index 0")]
    [InlineData("0-2", null, "0,1,3", null)]
    [InlineData("0-2", null, "0-3", "Matched rules at index 0")]
    [InlineData("0-2", 1, "2", "Matched rules at index 0")]
    [InlineData("0-2", 1, "3", null)]
    [InlineData(null, 0, "", null)]
    public void SuccessPolicy_Rules_AreMetByIndexesOrCount(string? indexes, int? number, string succeeded, string? expected) => Assert.Equal(
        expected, JobSuccessPolicy.Met(new() { Rules = [new() { SucceededIndexes = indexes, SucceededCount = number }] }, IndexRanges.Parse(succeeded)));

    [Fact]
    public void Plan_SuccessPolicyMet_EndsWithTheOthersStopped_AndStaysSo()
    {
        var job = s_job with { Spec = s_job.Spec with { SuccessPolicy = new() { Rules = [new() { SucceededIndexes = "0" }] } } };
        Pod[] pods = [Pod("a", "Succeeded", 0), Pod("b", "Running", 1)];
        var count = JobCount.Of(job, pods);
        var plan = JobPlan.Of(job, count, Make.Start);
        Assert.Equal((true, "SuccessPolicy", 1), (plan.End!.Success, plan.End.Reason, plan.Delete.Count));

        var told = job with { Status = JobConditions.Status(job, count, plan.End, 0, over: false, Make.Start) };
        Assert.Equal(["SuccessCriteriaMet"], told.Status.Conditions.Select(condition => condition.Type));
        Assert.Equal(plan.End, Plan(told, Failed("b", 1, 1)).End);
    }

    [Fact]
    public void Plan_FailuresByIndex_WaitEachForItself_AndGiveTheIndexUp()
    {
        var job = s_job with { Spec = s_job.Spec with { BackoffLimitPerIndex = 1 } };
        var failed = Failed("a", 0, 1);
        var count = JobCount.Of(job, [failed]);
        Assert.Equal((1, 0), (count.Failed, count.ToRelease.Count));
        var plan = JobPlan.Of(job, count, Make.Start);
        Assert.Equal([1, 2, 3], plan.Create);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.Wait);

        var next = JobPods.Make(job, 0, count.Awaiting[0]);
        Assert.Equal("1", next.Metadata.Annotations["batch.kubernetes.io/job-index-failure-count"]);
        Assert.Equal("0", JobPods.Make(job, 1).Metadata.Annotations["batch.kubernetes.io/job-index-failure-count"]);

        // Its successor is there: now the first may go; it fails too, and that was the last time.
        var again = Pod("b", "Running", 0, failures: "1");
        Assert.Equal([failed], JobCount.Of(job, [failed, again]).ToRelease);
        count = JobCount.Of(job, [Failed("b", 0, 1, failures: "1")]);
        Assert.Equal((1, 1), (count.FailedIndexes!.Count, count.ToRelease.Count));
        Assert.Equal([1, 2, 3], JobPlan.Of(job, count, Make.Start).Create);
        Assert.Equal("0", JobConditions.Status(job, count, null, 0, over: false, Make.Start).FailedIndexes);
    }

    [Theory]
    [InlineData("0,1", "2,3", null, "FailedIndexes")]
    [InlineData("0,1", "2", null, null)]
    [InlineData("0,1", "", 1, "MaxFailedIndexesExceeded")]
    [InlineData("", "0-3", 1, "CompletionsReached")]
    public void Plan_IndexesGivenUp_FailTheJobInTheEnd(string failed, string completed, int? most, string? reason)
    {
        var job = s_job with
        {
            Spec = s_job.Spec with { BackoffLimitPerIndex = 0, MaxFailedIndexes = most },
            Status = s_job.Status with { FailedIndexes = failed, CompletedIndexes = completed },
        };
        Assert.Equal(reason, Plan(job).End?.Reason);
    }

    [Fact]
    public void AtItsEnd_PodsThatWereKeptForTheirIndex_AreCountedAndReleased()
    {
        var job = s_job with { Spec = s_job.Spec with { BackoffLimitPerIndex = 1 } };
        var count = JobCount.Of(job, [Failed("a", 0, 1)]).AtItsEnd(job);
        Assert.Equal(["uid-a"], count.Uncounted.Failed);
        Assert.Single(count.ToRelease);
    }

    [Fact]
    public void Count_PodOnItsWayOut_HasFailedUnlessTheJobWaitsForItsEnd()
    {
        var leaving = Pod("a", "Running", 0);
        leaving = leaving with { Metadata = leaving.Metadata with { DeletionTimestamp = Make.Start } };
        Assert.Equal((1, 1), (JobCount.Of(s_job, [leaving]).Failed, JobCount.Of(s_job, [leaving]).ToRelease.Count));
        var patient = s_job with { Spec = s_job.Spec with { PodReplacementPolicy = "Failed" } };
        Assert.Equal((0, 0), (JobCount.Of(patient, [leaving]).Failed, JobCount.Of(patient, [leaving]).ToRelease.Count));
        Assert.Equal([1, 2, 3], Plan(patient, leaving).Create);
        // Taken away by the job itself, which let it go first.
        var released = leaving with { Metadata = leaving.Metadata with { Finalizers = [] } };
        Assert.Equal((0, 0), (JobCount.Of(s_job, [released]).Failed, JobCount.Of(s_job, [released]).Setbacks));
    }

    private static JobPlan Plan(Job job, params Pod[] pods) => JobPlan.Of(job, JobCount.Of(job, pods), Make.Start);

    private static Pod Failed(string name, int index, int code, string? condition = null, string? failures = null)
    {
        var pod = Pod(name, "Failed", index, failures);
        return pod with
        {
            Status = pod.Status with
            {
                ContainerStatuses = [new() { Name = "c", State = new() { Terminated = new() { ExitCode = code, FinishedAt = Make.Start } } }],
                Conditions = condition is null ? [] : [new() { Type = condition, Status = "True" }],
            },
        };
    }

    private static Pod Pod(string name, string phase, int index, string? failures = null)
    {
        var pod = Make.Pod(name, phase);
        var annotations = new Dictionary<string, string> { [JobPods.Index] = $"{index}" };
        if (failures is not null)
        {
            annotations["batch.kubernetes.io/job-index-failure-count"] = failures;
        }
        return pod with { Metadata = pod.Metadata with { Finalizers = [JobPods.Finalizer], Annotations = annotations } };
    }
}
