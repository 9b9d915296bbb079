using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Fairness;

/// <summary>Writes what fairness counts, by the original's names: of levels, and of each flow schema on its level.</summary>
internal static class FlowMetrics
{
    private const string Prefix = "apiserver_flowcontrol_";

    public static void Write(FlowControl flow, MetricsText text)
    {
        var levels = flow.Levels;
        List<FlowSeries> series = [.. flow.Series.OrderBy(static one => one.Level, StringComparer.Ordinal).ThenBy(static one => one.Schema, StringComparer.Ordinal)];

        Schemas("current_executing_requests", "gauge", "[BETA] Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem", static one => one.Running.Value);
        Schemas("current_executing_seats", "gauge", "[BETA] Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem", static one => one.RunningSeats.Value);
        Schemas("current_inqueue_requests", "gauge", "[BETA] Number of requests currently pending in queues of the API Priority and Fairness subsystem", static one => one.Waiting.Value);
        Schemas("current_inqueue_seats", "gauge", "[ALPHA] Number of seats currently pending in queues of the API Priority and Fairness subsystem", static one => one.WaitingSeats.Value);
        Levels("current_limit_seats", "[ALPHA] current derived number of execution seats available to each priority level", static level => level.Queues.Limit);
        Levels("current_r", "[ALPHA] R(time of last change)", static level => SeatTime.Seconds(level.Queues.Progress));
        Levels("demand_seats_average", "[ALPHA] Time-weighted average, over last adjustment period, of demand_seats", static level => level.Demand.Average);
        Levels("demand_seats_high_watermark", "[ALPHA] High watermark, over last adjustment period, of demand_seats", static level => level.Demand.HighWatermark);
        Levels("demand_seats_smoothed", "[ALPHA] Smoothed seat demands", static level => level.Demand.Smoothed);
        Levels("demand_seats_stdev", "[ALPHA] Time-weighted standard deviation, over last adjustment period, of demand_seats", static level => level.Demand.Deviation);
        Schemas("dispatched_requests_total", "counter", "[BETA] Number of requests executed by API Priority and Fairness subsystem", static one => one.Dispatched.Value);
        Levels("lower_limit_seats", "[ALPHA] Configured lower bound on number of execution seats available to each priority level", static level => level.Lower);
        Levels("nominal_limit_seats", "[BETA] Nominal number of execution seats configured for each priority level", static level => level.Nominal);
        Rejected();
        Schemas("request_dispatch_no_accommodation_total", "counter", "[ALPHA] Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats", static one => one.Unaccommodated.Value);
        Executions();
        Histograms("request_queue_length_after_enqueue", "[ALPHA] Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued", static one => one.QueueLengths);
        Waits();
        text.Single(Prefix + "seat_fair_frac", "gauge", "[ALPHA] Fair fraction of server's concurrency to allocate to each priority level that can use it", flow.FairFraction);
        Levels("target_seats", "[ALPHA] Seat allocation targets", static level => level.Target ?? level.Queues.Limit);
        Levels("upper_limit_seats", "[ALPHA] Configured upper bound on number of execution seats available to each priority level", static level => level.Upper);
        Histograms("watch_count_samples", "[ALPHA] count of watchers for mutating requests in API Priority and Fairness", static one => one.Watching);
        Histograms("work_estimated_seats", "[ALPHA] Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness", static one => one.Seats);

        void Levels(string name, string help, Func<PriorityLevel, double> value)
        {
            text.Head(Prefix + name, "gauge", help);
            foreach (var level in levels)
            {
                double now;
                lock (level.Gate)
                {
                    now = value(level);
                }
                text.Sample(Prefix + name, now, ("priority_level", level.Name));
            }
        }

        void Schemas(string name, string type, string help, Func<FlowSeries, double> value)
        {
            text.Head(Prefix + name, type, help);
            foreach (var one in series)
            {
                text.Sample(Prefix + name, value(one), ("flow_schema", one.Schema), ("priority_level", one.Level));
            }
        }

        void Histograms(string name, string help, Func<FlowSeries, Histogram> value)
        {
            text.Head(Prefix + name, "histogram", help);
            foreach (var one in series)
            {
                if (value(one) is { Count: > 0 } histogram)
                {
                    text.Histogram(Prefix + name, histogram, ("flow_schema", one.Schema), ("priority_level", one.Level));
                }
            }
        }

        void Rejected()
        {
            const string Name = Prefix + "rejected_requests_total";
            text.Head(Name, "counter", "[BETA] Number of requests rejected by API Priority and Fairness subsystem");
            foreach (var one in series)
            {
                foreach (var (reason, count) in (ReadOnlySpan<(string, Counter)>)[("concurrency-limit", one.RefusedLimit), ("queue-full", one.RefusedFull), ("time-out", one.RefusedTime)])
                {
                    if (count.Value > 0)
                    {
                        text.Sample(Name, count.Value, ("flow_schema", one.Schema), ("priority_level", one.Level), ("reason", reason));
                    }
                }
            }
        }

        void Executions()
        {
            const string Name = Prefix + "request_execution_seconds";
            text.Head(Name, "histogram", "[ALPHA] Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem");
            foreach (var one in series)
            {
                foreach (var (type, times) in (ReadOnlySpan<(string, Histogram)>)[("regular", one.Times), ("watch", one.WatchTimes)])
                {
                    if (times.Count > 0)
                    {
                        text.Histogram(Name, times, ("flow_schema", one.Schema), ("priority_level", one.Level), ("type", type));
                    }
                }
            }
        }

        void Waits()
        {
            const string Name = Prefix + "request_wait_duration_seconds";
            text.Head(Name, "histogram", "[BETA] Length of time a request spent waiting in its queue");
            foreach (var one in series)
            {
                foreach (var (execute, times) in (ReadOnlySpan<(string, Histogram)>)[("false", one.WaitsRefused), ("true", one.WaitsServed)])
                {
                    if (times.Count > 0)
                    {
                        text.Histogram(Name, times, ("execute", execute), ("flow_schema", one.Schema), ("priority_level", one.Level));
                    }
                }
            }
        }
    }
}
