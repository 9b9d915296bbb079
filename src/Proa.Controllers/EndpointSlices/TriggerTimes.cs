using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.EndpointSlices;

/// <summary>
/// When what led to a change of a service's endpoints happened: written into the annotation by which operators measure how
/// long the network takes to follow. Thread-safe for different services.
/// https://github.com/kubernetes/community/blob/master/sig-scalability/slos/network_programming_latency.md
/// </summary>
internal sealed class TriggerTimes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, Dictionary<string, (DateTimeOffset Time, string? Ready)>> _known = [];

    /// <summary>The earliest of the pods' changes since the last look; at the first look the service's own creation.</summary>
    /// <returns>As the annotation holds it; null where no change has a time, such as a pod that began to terminate.</returns>
    public string? Next(NamespacedName key, Service service, IEnumerable<Pod> selected)
    {
        var now = new Dictionary<string, (DateTimeOffset Time, string? Ready)>(StringComparer.Ordinal);
        Dictionary<string, (DateTimeOffset Time, string? Ready)>? before;
        lock (_gate)
        {
            before = _known.GetValueOrDefault(key);
            _known[key] = now;
        }
        DateTimeOffset? earliest = null;
        foreach (var pod in selected)
        {
            if (pod.Status.Conditions.FirstOrDefault(static condition => condition.Type == "Ready") is not { LastTransitionTime: { } changed } ready)
            {
                continue;
            }
            now[pod.Metadata.Name!] = (changed, ready.Status);
            // Times have whole seconds: two changes may share one. A pod that was never ready yet is no change that a client waits for.
            var counts = before is not null
                && (before.TryGetValue(pod.Metadata.Name!, out var last) ? changed > last.Time || ready.Status != last.Ready : ready.Status == "True");
            if (counts && !(earliest <= changed))
            {
                earliest = changed;
            }
        }
        return before is null ? Text(service.Metadata.CreationTimestamp) : Text(earliest);
    }

    public void Forget(NamespacedName key)
    {
        lock (_gate)
        {
            _known.Remove(key);
        }
    }

    private static string? Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
