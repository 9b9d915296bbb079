using Proa.Store.Encryption;
using Proa.Store.Index;

namespace Proa.Store.Backends;

/// <summary>Nothing is durable: for tests.</summary>
internal sealed class MemoryBackend : IStoreBackend
{
    public string ClusterId => "in-memory";

    public long Load(Action<LoadedRow> row) => 1;

    public string? Commit(List<(Collection Collection, StoreChange Change)> changes, long revision) => null;

    public long Rewrite(long after, out int rewritten) => rewritten = 0;

    public void TryRead(IValueTransformer values)
    {
    }

    public void Maintain()
    {
    }

    public void Dispose()
    {
    }
}
