using System.Globalization;
using Proa.Api.Meta;
using Proa.Client.Informers;

namespace Proa.Controllers.Common;

/// <summary>
/// An informer's objects with one's own writes on top, for the moment between a write and its return through the watch: a
/// controller that makes objects with generated names would otherwise make them twice. Thread-safe.
/// </summary>
internal sealed class RecentWrites<T> : IDisposable where T : class, IResource<T>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, (T? Object, ulong Revision, string? Uid)> _writes = [];
    private readonly IDisposable _subscription;

    public RecentWrites(IInformer<T> informer) => _subscription = informer.Subscribe(OnChange);

    public void Wrote(T o)
    {
        lock (_gate)
        {
            _writes[NamespacedName.Of(o)] = (o, Revision(o), o.Metadata.Uid);
        }
    }

    public void Deleted(T o)
    {
        lock (_gate)
        {
            _writes[NamespacedName.Of(o)] = (null, Revision(o), o.Metadata.Uid);
        }
    }

    /// <summary>The cache's objects as one knows them, and those that it does not have yet.</summary>
    public List<T> Overlay(IReadOnlyList<T> cached, Func<T, bool> belongs)
    {
        lock (_gate)
        {
            if (_writes.Count == 0)
            {
                return [.. cached];
            }
            var result = new List<T>(cached.Count);
            var seen = new HashSet<NamespacedName>();
            foreach (var o in cached)
            {
                var key = NamespacedName.Of(o);
                seen.Add(key);
                if (!_writes.TryGetValue(key, out var write) || (write.Object is null ? write.Uid != o.Metadata.Uid : Revision(o) >= write.Revision))
                {
                    result.Add(o);
                }
                else if (write.Object is not null && belongs(write.Object))
                {
                    result.Add(write.Object);
                }
            }
            foreach (var (key, write) in _writes)
            {
                if (write.Object is not null && !seen.Contains(key) && belongs(write.Object))
                {
                    result.Add(write.Object);
                }
            }
            return result;
        }
    }

    public void Dispose() => _subscription.Dispose();

    private void OnChange(InformerEvent<T> change)
    {
        lock (_gate)
        {
            var key = NamespacedName.Of(change.Object);
            if (_writes.TryGetValue(key, out var write) && (change.New is null ? write.Uid == change.Old!.Metadata.Uid : Revision(change.New) >= write.Revision && write.Object is not null))
            {
                _writes.Remove(key);
            }
        }
    }

    private static ulong Revision(T o) =>
        ulong.TryParse(o.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0;
}
