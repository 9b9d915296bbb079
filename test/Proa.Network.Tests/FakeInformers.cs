using Proa.Api.Meta;
using Proa.Client.Informers;

namespace Proa.Network.Tests;

/// <summary>Informers whose content the test sets; changes are told on the caller's thread.</summary>
internal sealed class FakeInformers : IInformerFactory
{
    private readonly Dictionary<Type, object> _informers = [];

    public IInformer<T> Get<T>(string? ns = null, string? fieldSelector = null) where T : class, IResource<T> => Of<T>();

    public void Set<T>(T item) where T : class, IResource<T> => Of<T>().Set(item);

    public void Delete<T>(T item) where T : class, IResource<T> => Of<T>().Delete(item);

    private FakeInformer<T> Of<T>() where T : class, IResource<T>
    {
        lock (_informers)
        {
            if (!_informers.TryGetValue(typeof(T), out var informer))
            {
                _informers.Add(typeof(T), informer = new FakeInformer<T>());
            }
            return (FakeInformer<T>)informer;
        }
    }

    private sealed class FakeInformer<T> : IInformer<T> where T : class, IResource<T>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<(string?, string?), T> _items = [];
        private readonly Dictionary<string, Func<T, IEnumerable<string>>> _indexes = [];
        private readonly List<Action<InformerEvent<T>>> _handlers = [];

        public Task SyncedAsync(CancellationToken ct) => Task.CompletedTask;

        public T? Get(string? ns, string name)
        {
            lock (_gate)
            {
                return _items.GetValueOrDefault((ns, name));
            }
        }

        public IReadOnlyList<T> List(string? ns = null)
        {
            lock (_gate)
            {
                return [.. _items.Values.Where(i => ns is null || i.Metadata.Namespace == ns)];
            }
        }

        public IReadOnlyList<T> ByIndex(string index, string key)
        {
            lock (_gate)
            {
                return [.. _items.Values.Where(i => _indexes[index](i).Contains(key))];
            }
        }

        public void AddIndex(string name, Func<T, IEnumerable<string>> keys)
        {
            lock (_gate)
            {
                _indexes.TryAdd(name, keys);
            }
        }

        public IDisposable Subscribe(Action<InformerEvent<T>> handler)
        {
            T[] existing;
            lock (_gate)
            {
                _handlers.Add(handler);
                existing = [.. _items.Values];
            }
            foreach (var item in existing)
            {
                handler(new InformerEvent<T>(null, item));
            }
            return new Subscription(() =>
            {
                lock (_gate)
                {
                    _handlers.Remove(handler);
                }
            });
        }

        public void Set(T item)
        {
            T? old;
            lock (_gate)
            {
                old = _items.GetValueOrDefault((item.Metadata.Namespace, item.Metadata.Name));
                _items[(item.Metadata.Namespace, item.Metadata.Name)] = item;
            }
            Tell(new InformerEvent<T>(old, item));
        }

        public void Delete(T item)
        {
            lock (_gate)
            {
                _items.Remove((item.Metadata.Namespace, item.Metadata.Name));
            }
            Tell(new InformerEvent<T>(item, null));
        }

        private void Tell(InformerEvent<T> change)
        {
            Action<InformerEvent<T>>[] handlers;
            lock (_gate)
            {
                handlers = [.. _handlers];
            }
            foreach (var handler in handlers)
            {
                handler(change);
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
