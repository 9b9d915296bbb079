using Google.Protobuf;

namespace Proa.Store.Etcd;

/// <summary>A key of Proa's own, held by one write at a time.</summary>
internal sealed class WriteSlot(ByteString key)
{
    public ByteString Key { get; } = key;

    /// <summary>The number of the last transaction that was carried out; null: the key is not there.</summary>
    public ByteString? Last { get; set; }
}
