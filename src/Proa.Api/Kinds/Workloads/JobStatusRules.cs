using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

/// <summary>What a job's status may say, alone and after what it said; what was stored unsound and is not touched may stay.</summary>
internal static class JobStatusRules
{
    public static void Check(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (now, was) = (new JobState(obj), new JobState(old));
        var status = now.Status;
        foreach (var name in (ReadOnlySpan<string>)["active", "succeeded", "failed", "ready", "terminating"])
        {
            errors.NonNegative($"status.{name}", status[name]);
        }
        Uncounted(status, errors);
        Conditions(now, was, errors);
        Times(now, was, errors);
        Finished(now, was, errors);
        Indexes(now, was, errors);
        if (now.Changed(was, "terminating") || now.IsFinished != was.IsFinished)
        {
            Positive(now, "terminating", "terminating>0 is invalid for finished job", errors);
        }
        if ((now.Changed(was, "ready") || now.Changed(was, "active")) && status.Int("ready") is { } ready && ready > (status.Int("active") ?? 0))
        {
            errors.Invalid("status.ready", ready, "cannot set more ready pods than active");
        }
        Success(now, errors);
        Changes(now, was, errors);
    }

    private static void Uncounted(JsonObject status, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in (ReadOnlySpan<string>)["succeeded", "failed"])
        {
            var i = 0;
            foreach (var uid in status.Sub("uncountedTerminatedPods").Array(list) ?? [])
            {
                var at = $"status.uncountedTerminatedPods.{list}[{i++}]";
                var text = (uid as JsonString)?.Value ?? "";
                if (text.Length == 0)
                {
                    errors.Invalid(at, "", "must not be empty");
                }
                else if (!seen.Add(text))
                {
                    errors.Duplicate(at, text);
                }
            }
        }
    }

    private static void Conditions(JobState now, JobState was, FieldErrors errors)
    {
        if (now.IsComplete && now.IsFailed && (now.IsComplete != was.IsComplete || now.IsFailed != was.IsFailed))
        {
            Condition("cannot set Complete=True and Failed=true conditions", errors);
        }
        if (now.IsComplete && now.Fails && (now.IsComplete != was.IsComplete || now.Fails != was.Fails))
        {
            Condition("cannot set Complete=True and FailureTarget=true conditions", errors);
        }
    }

    private static void Times(JobState now, JobState was, FieldErrors errors)
    {
        var completion = now.Status.String("completionTime");
        if (now.IsComplete != was.IsComplete || now.Changed(was, "completionTime"))
        {
            if (completion is not null && !now.IsComplete)
            {
                errors.Invalid("status.completionTime", completion, "cannot set completionTime when there is no Complete=True condition");
            }
            if (completion is null && now.IsComplete)
            {
                errors.Required("status.completionTime", "completionTime is required for Complete jobs");
            }
        }
        if ((now.Changed(was, "startTime") || now.Changed(was, "completionTime")) && now.Status.String("startTime") is { } start && completion is not null
            && Time(completion) < Time(start))
        {
            errors.Invalid("status.completionTime", completion, "must be equal to or after `startTime`");
        }
    }

    private static void Finished(JobState now, JobState was, FieldErrors errors)
    {
        if (now.IsFailed && !now.Fails && (now.IsFailed != was.IsFailed || now.Changed(was, "failedIndexes")))
        {
            Condition("cannot set Failed=True condition without the FailureTarget=true condition", errors);
        }
        if (now.IsComplete && !now.Succeeds && (now.IsComplete != was.IsComplete || now.Succeeds != was.Succeeds))
        {
            Condition("cannot set Complete=True condition without the SuccessCriteriaMet=true condition", errors);
        }
        var finishes = now.IsFinished != was.IsFinished;
        if (finishes || now.Changed(was, "active"))
        {
            Positive(now, "active", "active>0 is invalid for finished job", errors);
        }
        var nothingToDo = now.Spec.Bool("suspend") == true && now.Spec.Int("completions") == 0;
        if ((finishes || now.Changed(was, "startTime")) && !nothingToDo && now.IsFinished && !now.Status.ContainsKey("startTime"))
        {
            errors.Required("status.startTime", "startTime is required for finished job");
        }
        if ((finishes || now.Changed(was, "uncountedTerminatedPods")) && now.IsFinished && now.Status.Object("uncountedTerminatedPods") is { } pods
            && (pods.Array("failed") is { Count: > 0 } || pods.Array("succeeded") is { Count: > 0 }))
        {
            errors.Invalid("status.uncountedTerminatedPods", new JsonObject
            {
                ["Succeeded"] = pods["succeeded"]?.Clone() ?? JsonNull.Instance,
                ["Failed"] = pods["failed"]?.Clone() ?? JsonNull.Instance,
            }, "must be empty for finished job");
        }
    }

    private static void Indexes(JobState now, JobState was, FieldErrors errors)
    {
        var completions = now.Spec.Int("completions");
        var perIndex = now.Spec.ContainsKey("backoffLimitPerIndex");
        var (done, failed) = (now.Status.Text("completedIndexes"), now.Status.String("failedIndexes"));
        var (doneChanged, failedChanged) = (now.Changed(was, "completedIndexes"), now.Changed(was, "failedIndexes"));
        if (doneChanged && completions is { } all && JobIndexes.Intervals(done, all, out var wrong) is null)
        {
            errors.Invalid("status.completedIndexes", done, $"error parsing completedIndexes: {wrong}");
        }
        if (failedChanged && completions is { } most && perIndex && failed is not null && JobIndexes.Intervals(failed, most, out var wrongFailed) is null)
        {
            errors.Invalid("status.failedIndexes", failed, $"error parsing failedIndexes: {wrongFailed}");
        }
        if (doneChanged && done.Length > 0 && !now.IsIndexed)
        {
            errors.Invalid("status.completedIndexes", done, "cannot set non-empty completedIndexes when non-indexed completion mode");
        }
        if (failedChanged && !perIndex && failed is not null)
        {
            errors.Invalid("status.failedIndexes", failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
        }
        if ((doneChanged || failedChanged) && completions is { } count && failed is not null && Overlap(done, failed, count) is { } overlap)
        {
            errors.Invalid("status.failedIndexes", failed, overlap);
        }
    }

    private static string? Overlap(string done, string failed, long completions)
    {
        if (done.Length == 0 || failed.Length == 0
            || JobIndexes.Intervals(done, completions, out _) is not { } completed || JobIndexes.Intervals(failed, completions, out _) is not { } broken)
        {
            return null;
        }
        foreach (var (first, last) in completed)
        {
            foreach (var (from, to) in broken)
            {
                if (Math.Max(first, from) is var both && both <= Math.Min(last, to))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"failedIndexes and completedIndexes overlap at index: {both}");
                }
            }
        }
        return null;
    }

    private static void Success(JobState now, FieldErrors errors)
    {
        if (now.Succeeds && now.IsFailed)
        {
            Condition("cannot set SuccessCriteriaMet=True and Failed=true conditions", errors);
        }
        if (now.Succeeds && now.Fails)
        {
            Condition("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions", errors);
        }
        if (now.Spec.ContainsKey("successPolicy") && !now.Succeeds && now.IsComplete)
        {
            Condition("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True", errors);
        }
    }

    private static void Changes(JobState now, JobState was, FieldErrors errors)
    {
        foreach (var type in (ReadOnlySpan<string>)["Failed", "Complete", "FailureTarget"])
        {
            if (was.Is(type) && !now.Is(type))
            {
                Condition($"cannot disable the terminal {type}=True condition", errors);
            }
        }
        Decreased("failed", "cannot decrease the failed counter");
        if (!now.IsIndexed || !FieldErrors.Same(now.Spec["completions"], now.Spec["parallelism"]))
        {
            Decreased("succeeded", "cannot decrease the succeeded counter");
        }
        if (now.Status["completionTime"] is { } completion && was.Status.ContainsKey("completionTime") && now.Changed(was, "completionTime"))
        {
            errors.Invalid("status.completionTime", completion, "field is immutable");
        }
        var resumes = was.Is("Suspended") && now.Status.Objects("conditions").Any(static one => one.Text("type") == "Suspended" && one.Text("status") == "False");
        if (was.Status.ContainsKey("startTime") && now.Changed(was, "startTime") && !resumes && now.Spec.Bool("suspend") != true)
        {
            errors.Invalid("status.startTime", now.Status["startTime"], "field is immutable for unsuspended job once set");
        }
        if (was.Succeeds && !now.Succeeds)
        {
            Condition("cannot disable the SuccessCriteriaMet=True condition", errors);
        }
        if (was.IsComplete && !was.Succeeds && now.Succeeds)
        {
            Condition("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions", errors);
        }

        void Decreased(string name, string message)
        {
            if ((now.Status.Int(name) ?? 0) < (was.Status.Int(name) ?? 0))
            {
                errors.Invalid($"status.{name}", now.Status.Int(name) ?? 0, message);
            }
        }
    }

    private static void Positive(JobState now, string name, string message, FieldErrors errors)
    {
        if (now.IsFinished && now.Status.Int(name) is { } count and > 0)
        {
            errors.Invalid($"status.{name}", count, message);
        }
    }

    private static void Condition(string message, FieldErrors errors) => errors.Add(FieldError.InvalidUnnamed("status.conditions", message));

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;

    private sealed class JobState(JsonObject job)
    {
        public JsonObject Spec { get; } = job.Sub("spec");

        public JsonObject Status { get; } = job.Sub("status");

        public bool IsIndexed => Spec.Text("completionMode") == "Indexed";

        public bool IsComplete => Is("Complete");

        public bool IsFailed => Is("Failed");

        public bool IsFinished => IsComplete || IsFailed;

        public bool Fails => Is("FailureTarget");

        public bool Succeeds => Is("SuccessCriteriaMet");

        public bool Is(string type) => Status.Objects("conditions").Any(one => one.Text("type") == type && one.Text("status") == "True");

        public bool Changed(JobState other, string name) => !FieldErrors.Same(Status[name], other.Status[name]);
    }
}
