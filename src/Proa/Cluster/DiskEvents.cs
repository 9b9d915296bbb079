using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Store.Health;

namespace Proa.Cluster;

/// <summary>
/// Tells of the store's disk in the log and as Events of the node, or of the namespace <c>kube-system</c> on a server without one:
/// that writes are slow or refused, on which device, with its sync time, and that they are made again.
/// </summary>
internal sealed partial class DiskEvents(StoreHealth disk, IClusterClient client, string? node, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Proa.Disk");

    public async Task RunAsync(CancellationToken ct)
    {
        var recorder = new EventRecorder(client, new EventRecorderOptions("proa-store") { Host = node }, time, _logger);
        await Task.WhenAll(recorder.RunAsync(ct), FollowAsync(recorder, ct));
    }

    private async Task FollowAsync(EventRecorder recorder, CancellationToken ct)
    {
        // The node's uid is its name here, as in the events of the original's node agent.
        var regarding = node is null
            ? new ObjectReference { ApiVersion = "v1", Kind = "Namespace", Name = "kube-system" }
            : new ObjectReference { Kind = "Node", Name = node, Uid = node };
        var last = new StoreReport(StoreCondition.Healthy, "", null, default, 0);
        var since = time.GetTimestamp();
        try
        {
            while (true)
            {
                var report = await disk.ChangedAsync(last.Condition, ct);
                // An Event of a refusal may itself be refused: that of the recovery names it again.
                var (type, reason, message) = report.Condition switch
                {
                    StoreCondition.Slow => ("Warning", "StoreDiskSlow", report.ToString()),
                    StoreCondition.Stalled => ("Warning", "StoreDiskStalled", report.ToString()),
                    StoreCondition.Refusing => ("Warning", "StoreWritesRefused", report.ToString()),
                    _ => ("Normal", "StoreDiskRecovered", $"{report}; before, for {time.GetElapsedTime(since).TotalSeconds:0.#} s, {last.Cause}"),
                };
                LogCondition(report.Condition == StoreCondition.Healthy ? LogLevel.Information : LogLevel.Warning, reason, message);
                recorder.Record(regarding, type, reason, message);
                (last, since) = (report, time.GetTimestamp());
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    [LoggerMessage(Message = "{Reason}: {Message}")]
    private partial void LogCondition(LogLevel level, string reason, string message);
}
