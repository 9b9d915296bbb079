using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.ApiServer.Metrics;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>Writes what was found into the statuses of APIServices, and counts how often one became unavailable. Thread-safe.</summary>
internal sealed partial class AvailabilityStatus(IObjectStore store, IClusterClient client, TimeProvider clock, ILogger logger)
{
    private readonly ConcurrentDictionary<(string Name, string Reason), Counter> _unavailable = new();

    public IEnumerable<KeyValuePair<(string Name, string Reason), Counter>> Unavailable => _unavailable;

    /// <param name="server">Whom it was found of; null: it is served here. The finding is dropped where it is another by now.</param>
    public async Task WriteAsync(string name, ExtensionServer? server, AvailableCondition condition, CancellationToken ct)
    {
        while (store.Get(new(ApiService.Collection, "", name)) is { } stored)
        {
            var apiService = JsonTree.ParseObject(stored.Json.Span);
            var was = AvailableCondition.Of(apiService)?.String("status") == "True";
            if (ExtensionServer.Of(apiService.Object("spec") ?? []) != server || !condition.Put(apiService, clock.GetUtcNow()))
            {
                return;
            }
            var written = await client.UpdateAsync(
                new("apiregistration.k8s.io", "v1", "apiservices", null, name, "status"), JsonTree.ToUtf8(apiService), WriteOptions.Default, ct);
            if (written.Ok)
            {
                if (was && condition.Status != "True")
                {
                    _unavailable.GetOrAdd((name, condition.Reason), static _ => new()).Add();
                }
                Changed(name, condition.Status, condition.Reason, condition.Message);
                return;
            }
            if (!written.IsConflict)
            {
                NotWritten(name, written.Error.Message);
                return;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "APIService {Name} is available: {Status} ({Reason}: {Message})")]
    private partial void Changed(string name, string status, string reason, string message);

    [LoggerMessage(2, LogLevel.Warning, "the status of APIService {Name} could not be written: {Reason}")]
    private partial void NotWritten(string name, string? reason);
}
