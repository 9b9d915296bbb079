using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Client;

namespace Proa.Node.Volumes;

/// <summary>
/// Watches the single objects that mounted volumes refer to, one watch an object however many pods share it. A change is
/// told by key; the content is read anew by whoever cares. Thread-safe.
/// </summary>
internal sealed partial class ReferenceWatches(IClusterClient client, TimeProvider time, Action<ObjectKey> changed, ILogger logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, Entry> _entries = [];

    /// <summary>Takes one share of the watch.</summary>
    public void Add(ObjectKey key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry))
            {
                entry.Shares++;
                return;
            }
            var stop = new CancellationTokenSource();
            _entries[key] = new(stop) { Shares = 1 };
            _ = Task.Run(() => WatchAsync(key, stop.Token), CancellationToken.None);
        }
    }

    /// <summary>Gives one share back; the last ends the watch.</summary>
    public void Remove(ObjectKey key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry) && --entry.Shares == 0)
            {
                _entries.Remove(key);
                entry.Stop.Cancel();
            }
        }
    }

    public void StopAll()
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                entry.Stop.Cancel();
            }
            _entries.Clear();
        }
    }

    private async Task WatchAsync(ObjectKey key, CancellationToken ct)
    {
        var path = ResourcePath.Of(key.Resource, key.Namespace);
        var options = new WatchOptions(FieldSelector: $"metadata.name={key.Name}", Bookmarks: false);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await foreach (var item in client.WatchAsync(path, options, ct))
                {
                    if (item.Kind is WatchKind.Error)
                    {
                        LogBroken(key.Resource.Kind, key.Namespace, key.Name, Encoding.UTF8.GetString(item.Json.Span));
                    }
                    else if (item.Kind is WatchKind.Added or WatchKind.Modified or WatchKind.Deleted)
                    {
                        changed(key);
                    }
                }
                await Task.Delay(s_pause, time, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or ApiException or OperationCanceledException)
            {
                LogBroken(key.Resource.Kind, key.Namespace, key.Name, e.Message);
                try
                {
                    await Task.Delay(s_pause, time, ct);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch of {Kind} {Namespace}/{Name} broke and will be resumed: {Error}")]
    private partial void LogBroken(string kind, string @namespace, string name, string error);

    private sealed class Entry(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop { get; } = stop;

        public int Shares { get; set; }
    }
}
