using System.Text.Json;
using Proa.Store.Backends;
using Proa.Store.Backends.Sqlite;
using Proa.Store.Index;

namespace Proa.Store;

/// <summary>
/// Makes objects of the rows that are being read, on other threads than the one that reads: indexing takes longer than reading.
/// For one load, by one thread.
/// </summary>
internal sealed class LoadingRows(ObjectIndexer indexer, string path)
{
    // A new cluster's rows are fewer: they are not worth another thread.
    private const int ChunkRows = 512;
    private readonly List<Task<StoredObject[]>> _chunks = [];
    private List<LoadedRow> _rows = new(ChunkRows);

    public void Add(LoadedRow row)
    {
        _rows.Add(row);
        if (_rows.Count == ChunkRows)
        {
            var rows = _rows;
            _rows = new(ChunkRows);
            _chunks.Add(Task.Run(() => Objects(rows)));
        }
    }

    /// <exception cref="StoreOpenException">A row is no object.</exception>
    public void MoveTo(LoadedTrees trees)
    {
        foreach (var chunk in _chunks)
        {
            Move(chunk.GetAwaiter().GetResult(), trees);
        }
        Move(Objects(_rows), trees);
    }

    private static void Move(StoredObject[] objects, LoadedTrees trees)
    {
        foreach (var obj in objects)
        {
            trees.Add(obj);
        }
    }

    private StoredObject[] Objects(List<LoadedRow> rows)
    {
        var objects = new StoredObject[rows.Count];
        for (var i = 0; i < objects.Length; i++)
        {
            objects[i] = Object(rows[i]);
        }
        return objects;
    }

    private StoredObject Object(in LoadedRow row)
    {
        try
        {
            return new StoredObject
            {
                Key = row.Key,
                Revision = row.Revision,
                CreateRevision = row.CreateRevision,
                Json = row.Json,
                Index = indexer(row.Key.Resource, row.Json),
            };
        }
        catch (JsonException error)
        {
            throw DatabaseFile.Damaged(path, $"{row.Key} is not JSON", error);
        }
    }
}
