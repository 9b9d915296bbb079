using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;
using Seen = System.Collections.Generic.Dictionary<string, (System.DateTimeOffset Time, string? Ready)>;

namespace Proa.Controllers.EndpointSlices;

/// <summary>
/// When what led to a change of a service's endpoints happened: written into the annotation by which operators measure how
/// long the network takes to follow. Thread-safe for different services.
/// https://github.com/kubernetes/community/blob/master/sig-scalability/slos/network_programming_latency.md
/// </summary>
internal sealed class TriggerTimes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, (Seen? Before, Seen Now)> _known = [];

    /// <summary>The earliest of the pods' changes since the last look; at the first look the service's own creation.</summary>
    /// <returns>As the annotation holds it; null where no change has a time, such as a pod that began to terminate.</returns>
    public string? Next(NamespacedName key, Service service, IEnumerable<Pod> selected)
    {
        var now = new Seen(StringComparer.Ordinal);
        Seen? before;
        lock (_gate)
        {
            before = _known.GetValueOrDefault(key).Now;
            _known[key] = (before, now);
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

    /// <summary>What was written did not hold: the next look is to find the same changes again.</summary>
    public void Undo(NamespacedName key)
    {
        lock (_gate)
        {
            if (_known.Remove(key, out var known) && known.Before is { } before)
            {
                _known.Add(key, (null, before));
            }
        }
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
