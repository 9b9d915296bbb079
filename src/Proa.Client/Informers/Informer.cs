using System.Text.Json;
using Microsoft.Extensions.Logging;
using Proa.Api.Meta;
using Proa.Api.Models;

namespace Proa.Client.Informers;

/// <summary>
/// The one implementation of <see cref="IInformer{T}"/>. Each object is decoded once, without its managed fields (the
/// server keeps them when an update leaves them out). Handlers are called outside of the store's lock, so that they may
/// take locks of their own, and one at a time.
/// </summary>
public sealed partial class Informer<T> : IInformer<T>, IReflectorSink where T : class, IResource<T>
{
    private readonly Lock _gate = new();
    private readonly InformerStore<T> _store = new();
    private readonly Queue<Delivery> _deliveries = [];
    private readonly List<Subscription> _subscriptions = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Reflector _reflector;
    private readonly ILogger _logger;
    private bool _delivering;

    public Informer(IClusterClient client, string? ns, string? fieldSelector, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _reflector = new(client, ResourcePath.Of(T.Resource, ns), fieldSelector, this, time, logger);
    }

    /// <summary>Follows the collection until the token is cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => _reflector.RunAsync(ct);

    public Task SyncedAsync(CancellationToken ct) => _synced.Task.WaitAsync(ct);

    public T? Get(string? ns, string name)
    {
        lock (_gate)
        {
            return _store.Get(ns ?? "", name);
        }
    }

    public IReadOnlyList<T> List(string? ns = null)
    {
        lock (_gate)
        {
            return ns is null ? _store.All() : _store.InNamespace(ns);
        }
    }

    public IReadOnlyList<T> ByIndex(string index, string key)
    {
        lock (_gate)
        {
            return _store.ByIndex(index, key);
        }
    }

    public void AddIndex(string name, Func<T, IEnumerable<string>> keys)
    {
        lock (_gate)
        {
            _store.AddIndex(name, keys);
        }
    }

    public IDisposable Subscribe(Action<InformerEvent<T>> handler)
    {
        var subscription = new Subscription(handler);
        bool deliver;
        lock (_gate)
        {
            _deliveries.Enqueue(new(subscription, _store.All(), default, Synced: false));
            deliver = _store.Count > 0;
        }
        if (deliver)
        {
            // Not on the caller's thread: it may hold a lock that its handler takes.
            ThreadPool.UnsafeQueueUserWorkItem(static informer => informer.Deliver(), this, preferLocal: false);
        }
        else
        {
            Deliver();
        }
        return subscription;
    }

    void IReflectorSink.Replace(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        var found = new List<T>(items.Count);
        foreach (var item in items)
        {
            if (Decode(item) is { } o)
            {
                found.Add(o);
            }
        }
        lock (_gate)
        {
            var keep = new HashSet<(string, string)>(found.Count);
            foreach (var o in found)
            {
                keep.Add(InformerStore<T>.KeyOf(o));
                var old = _store.Get(o.Metadata.Namespace ?? "", o.Metadata.Name ?? "");
                if (old is null || old.Metadata.ResourceVersion != o.Metadata.ResourceVersion)
                {
                    SetAndTell(o);
                }
            }
            if (_store.Count > keep.Count)
            {
                foreach (var o in _store.All())
                {
                    if (!keep.Contains(InformerStore<T>.KeyOf(o)))
                    {
                        RemoveAndTell(o);
                    }
                }
            }
            _deliveries.Enqueue(new(null, null, default, Synced: true));
        }
        Deliver();
    }

    string? IReflectorSink.Apply(WatchKind kind, ReadOnlyMemory<byte> json)
    {
        if (Decode(json) is not { } o)
        {
            return null;
        }
        lock (_gate)
        {
            if (kind == WatchKind.Deleted)
            {
                RemoveAndTell(o);
            }
            else
            {
                SetAndTell(o);
            }
        }
        Deliver();
        return o.Metadata.ResourceVersion;
    }

    private void SetAndTell(T o)
    {
        var old = _store.Set(o);
        // Deleted and made again between two lists: two objects, so two events.
        if (old is not null && old.Metadata.Uid != o.Metadata.Uid)
        {
            Tell(new(old, null));
            old = null;
        }
        Tell(new(old, o));
    }

    /// <summary>The last state told is the one that came with the deletion, which is the newest.</summary>
    private void RemoveAndTell(T last)
    {
        if (_store.Remove(InformerStore<T>.KeyOf(last)) is not null)
        {
            Tell(new(last, null));
        }
    }

    private void Tell(InformerEvent<T> change) => _deliveries.Enqueue(new(null, null, change, Synced: false));

    /// <summary>Empties the queue of deliveries, unless another thread is at it, which then delivers ours too.</summary>
    private void Deliver()
    {
        while (true)
        {
            Delivery next;
            lock (_gate)
            {
                if (_delivering || !_deliveries.TryDequeue(out next))
                {
                    return;
                }
                _delivering = true;
            }
            try
            {
                Deliver(next);
            }
            finally
            {
                lock (_gate)
                {
                    _delivering = false;
                }
            }
        }
    }

    private void Deliver(in Delivery delivery)
    {
        if (delivery.Synced)
        {
            _synced.TrySetResult();
        }
        else if (delivery.Joining is { } joining)
        {
            _subscriptions.Add(joining);
            foreach (var o in delivery.Existing!)
            {
                Call(joining, new(null, o));
            }
        }
        else
        {
            for (var i = 0; i < _subscriptions.Count; i++)
            {
                if (_subscriptions[i].Disposed)
                {
                    _subscriptions.RemoveAt(i--);
                }
                else
                {
                    Call(_subscriptions[i], delivery.Change);
                }
            }
        }
    }

    private void Call(Subscription subscription, InformerEvent<T> change)
    {
        if (subscription.Disposed)
        {
            return;
        }
        try
        {
            subscription.Handler(change);
        }
        catch (Exception e)
        {
            // A handler's bug must not stop the others' view of the cluster.
            LogHandlerThrew(_logger, e, T.Resource.Plural);
        }
    }

    private T? Decode(ReadOnlyMemory<byte> json)
    {
        try
        {
            var o = Model.Read<T>(json);
            return o.Metadata.ManagedFields.Count == 0 ? o : o.WithMetadata(o.Metadata with { ManagedFields = [] });
        }
        catch (JsonException e)
        {
            LogUnreadable(_logger, T.Resource.Plural, e.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler of {Resource} threw")]
    private static partial void LogHandlerThrew(ILogger logger, Exception exception, string resource);

    [LoggerMessage(Level = LogLevel.Error, Message = "An object of {Resource} cannot be read and is passed over: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string resource, string reason);

    private readonly record struct Delivery(Subscription? Joining, T[]? Existing, InformerEvent<T> Change, bool Synced);

    private sealed class Subscription(Action<InformerEvent<T>> handler) : IDisposable
    {
        private volatile bool _disposed;

        public Action<InformerEvent<T>> Handler { get; } = handler;

        public bool Disposed => _disposed;

        public void Dispose() => _disposed = true;
    }
}
