using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>One line about a pod: how many containers are ready, in what state it is, how often it was restarted.</summary>
internal sealed record PodSummary(int Ready, int Total, string Reason, long Restarts, DateTimeOffset? LastRestart)
{
    public static PodSummary Of(RowSource pod)
    {
        var phase = pod.Text("status", "phase") ?? "";
        var sidecars = pod.List("spec", "initContainers").Where(c => c.String("restartPolicy") == "Always").Select(c => c.String("name")).ToHashSet();
        var counts = new Counts { Reason = pod.Text(phase, ["status", "reason"]), Total = pod.List("spec", "containers").Count + sidecars.Count };
        foreach (var condition in pod.List("status", "conditions"))
        {
            if (condition.String("type") == "PodScheduled" && condition.String("reason") == "SchedulingGated")
            {
                counts.Reason = "SchedulingGated";
            }
        }
        var initializing = Initialize(pod, sidecars, counts);
        if (!initializing || pod.HasCondition("Initialized"))
        {
            Run(pod, counts);
        }
        if (pod.IsDeleting && pod.Text("status", "reason") == "NodeLost")
        {
            counts.Reason = "Unknown";
        }
        else if (pod.IsDeleting && phase is not ("Succeeded" or "Failed"))
        {
            counts.Reason = "Terminating";
        }
        return new(counts.Ready, counts.Total, counts.Reason, counts.Restarts, counts.Last);
    }

    // The first init container that is not through says how far the pod is.
    private static bool Initialize(RowSource pod, HashSet<string?> sidecars, Counts counts)
    {
        var statuses = pod.List("status", "initContainerStatuses");
        for (var i = 0; i < statuses.Count; i++)
        {
            var status = statuses[i];
            var isSidecar = sidecars.Contains(status.String("name"));
            counts.Count(status, isSidecar);
            var terminated = Terminated(status);
            if (terminated is not null && (terminated.Int("exitCode") ?? 0) == 0)
            {
                continue;
            }
            if (isSidecar && status.Bool("started") == true)
            {
                counts.Ready += status.Bool("ready") == true ? 1 : 0;
                continue;
            }
            counts.Reason = terminated is not null ? $"Init:{Ended(terminated)}"
                : Waiting(status) is { Length: > 0 } waiting and not "PodInitializing" ? $"Init:{waiting}"
                : $"Init:{i}/{pod.List("spec", "initContainers").Count}";
            return true;
        }
        return false;
    }

    private static void Run(RowSource pod, Counts counts)
    {
        counts.ForgetInitRestarts();
        var hasRunning = false;
        var error = "";
        var statuses = pod.List("status", "containerStatuses");
        for (var i = statuses.Count - 1; i >= 0; i--)
        {
            var status = statuses[i];
            counts.Count(status, keep: true);
            if (Waiting(status) is { Length: > 0 } waiting)
            {
                counts.Reason = waiting;
            }
            else if (Terminated(status) is { } terminated)
            {
                counts.Reason = Ended(terminated);
                error = (terminated.Int("exitCode") ?? 0) != 0 ? counts.Reason : error;
            }
            else if (status.Bool("ready") == true && status.Object("state")?.Object("running") is not null)
            {
                hasRunning = true;
                counts.Ready++;
            }
        }
        if (counts.Reason == "Completed")
        {
            counts.Reason = hasRunning && pod.HasCondition("Ready") ? "Running" : error.Length > 0 ? error : hasRunning ? "NotReady" : "Completed";
        }
    }

    private static JsonObject? Terminated(JsonObject status) => status.Object("state")?.Object("terminated");

    private static string? Waiting(JsonObject status) => status.Object("state")?.Object("waiting")?.String("reason");

    private static string Ended(JsonObject terminated)
    {
        if (terminated.String("reason") is { Length: > 0 } reason)
        {
            return reason;
        }
        return terminated.Int("signal") is { } signal and not 0 ? $"Signal:{signal}" : $"ExitCode:{terminated.Int("exitCode") ?? 0}";
    }

    private sealed class Counts
    {
        private long _kept;
        private DateTimeOffset? _keptLast;

        public int Ready { get; set; }

        public int Total { get; init; }

        public required string Reason { get; set; }

        public long Restarts { get; private set; }

        public DateTimeOffset? Last { get; private set; }

        /// <param name="keep">Of a sidecar: it counts also once the pod runs.</param>
        public void Count(JsonObject status, bool keep)
        {
            var restarts = status.Int("restartCount") ?? 0;
            var ended = RowSource.Time(status.Object("lastState")?.Object("terminated")?.String("finishedAt"));
            Restarts += restarts;
            Last = Later(Last, ended);
            if (keep)
            {
                _kept += restarts;
                _keptLast = Later(_keptLast, ended);
            }
        }

        public void ForgetInitRestarts() => (Restarts, Last) = (_kept, _keptLast);

        private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b ?? a : a;
    }
}
