using System.Collections;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>The bytes of stored objects as a list, without a copy of it.</summary>
internal sealed class StoredItems(IReadOnlyList<StoredObject> objects) : IReadOnlyList<ReadOnlyMemory<byte>>
{
    public int Count => objects.Count;

    public ReadOnlyMemory<byte> this[int index] => objects[index].Json;

    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator()
    {
        foreach (var obj in objects)
        {
            yield return obj.Json;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
