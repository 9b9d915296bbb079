using Google.Protobuf;

namespace Proa.Store.Etcd;

/// <summary>A write on its way: what was sent, and what the feed has seen of its object meanwhile.</summary>
internal sealed class EtcdWrite(WriteRequest request, ByteString key, ByteString value)
{
    private readonly List<StoredObject> _seen = [];

    public WriteRequest Request { get; } = request;

    public ByteString Key { get; } = key;

    /// <summary>The bytes in etcd; empty for a deletion.</summary>
    public ByteString Value { get; } = value;

    public void Saw(StoredObject state)
    {
        lock (_seen)
        {
            _seen.Add(state);
        }
    }

    public StoredObject? At(long revision)
    {
        lock (_seen)
        {
            return _seen.Find(state => state.Revision == revision);
        }
    }
}
