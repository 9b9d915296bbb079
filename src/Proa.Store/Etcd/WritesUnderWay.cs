using Google.Protobuf;

namespace Proa.Store.Etcd;

/// <summary>This process's writes whose outcome has not been told yet, by object. Thread-safe.</summary>
internal sealed class WritesUnderWay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, List<EtcdWrite>> _writes = [];

    public void Add(EtcdWrite write)
    {
        lock (_gate)
        {
            if (!_writes.TryGetValue(write.Request.Key, out var writes))
            {
                _writes.Add(write.Request.Key, writes = new(1));
            }
            writes.Add(write);
        }
    }

    public void Remove(EtcdWrite write)
    {
        lock (_gate)
        {
            var writes = _writes[write.Request.Key];
            writes.Remove(write);
            if (writes.Count == 0)
            {
                _writes.Remove(write.Request.Key);
            }
        }
    }

    /// <summary>The write that sent these very bytes: what was worked out for it need not be again.</summary>
    public WriteRequest? SenderOf(in ObjectKey key, ByteString value)
    {
        lock (_gate)
        {
            return _writes.TryGetValue(key, out var writes) ? writes.Find(write => write.Value.Equals(value))?.Request : null;
        }
    }

    public void Saw(StoredObject state)
    {
        lock (_gate)
        {
            if (_writes.TryGetValue(state.Key, out var writes))
            {
                writes.ForEach(write => write.Saw(state));
            }
        }
    }
}
