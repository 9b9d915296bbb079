using Microsoft.Extensions.Logging;
using Proa.Store.Commit;
using Proa.Store.Etcd.Rpc;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>Makes etcd's events into changes of the index. Called by the feed alone.</summary>
internal sealed partial class EventFold(StoreIndex index, EtcdKeys keys, EtcdObjects objects, WritesUnderWay writes, ILogger logger)
{
    private readonly List<(Collection Collection, StoreChange Change)> _changes = [];

    /// <summary>Publishes whole revisions at once; what the index has already is passed over.</summary>
    public void Publish(IReadOnlyList<Event> events)
    {
        var known = index.Progress;
        var edit = new StateEdit(index.State);
        var revision = known;
        foreach (var happened in events)
        {
            if (happened.Kv.ModRevision <= known)
            {
                continue;
            }
            revision = happened.Kv.ModRevision;
            if (keys.TryParse(happened.Kv.Key.Span, out var key))
            {
                Fold(edit, key.Value, happened);
            }
        }
        if (_changes.Count > 0)
        {
            index.Publish(edit.At(revision), _changes);
            _changes.Clear();
        }
        else
        {
            index.Advance(revision);
        }
    }

    private void Fold(StateEdit edit, in ObjectKey key, Event happened)
    {
        var collection = index.Collection(key.Resource);
        var tree = edit.Tree(collection);
        var current = tree.Find(key.Namespace, key.Name);
        if (happened.Type == Event.Types.EventType.Delete)
        {
            if (current is not null)
            {
                var last = Deleted(current, happened.Kv.ModRevision);
                edit.Set(collection, tree.Remove(key.Namespace, key.Name));
                Add(collection, new StoreChange(ChangeKind.Deleted, last, current));
            }
            return;
        }
        // The texts that are there already, so that each exists once.
        if (Read(current?.Key ?? key with { Resource = collection.Resource }, happened.Kv) is { } next)
        {
            edit.Set(collection, tree.Set(next));
            Add(collection, new StoreChange(current is null ? ChangeKind.Added : ChangeKind.Modified, next, current));
        }
    }

    private void Add(Collection collection, in StoreChange change)
    {
        _changes.Add((collection, change));
        writes.Saw(change.Object);
    }

    private StoredObject? Read(in ObjectKey key, KeyValue pair)
    {
        if (writes.SenderOf(key, pair.Value) is { } request)
        {
            return EtcdObjects.Make(key, pair, request.Json, request.RevisionOffset, request.Index);
        }
        try
        {
            return objects.Read(key, pair);
        }
        catch (Exception error) when (error is StoreOpenException or FormatException)
        {
            // Readers keep the last good state.
            LogUnreadable(pair.Key.ToStringUtf8(), error.Message);
            return null;
        }
    }

    private static StoredObject Deleted(StoredObject current, long revision) => new()
    {
        Key = current.Key,
        Revision = revision,
        CreateRevision = current.CreateRevision,
        Json = RevisionText.Replace(current.Json.Span, revision),
        Index = current.Index,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "What was written to {Key} in etcd cannot be read; its last good state is kept: {Reason}")]
    private partial void LogUnreadable(string key, string reason);
}
