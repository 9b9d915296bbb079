using Proa.Store.Encryption;

namespace Proa.Store.Backends.Sqlite;

/// <summary>Writes a database of its own from a state in memory, without a lock on the running one.</summary>
internal static class DatabaseCopy
{
    /// <param name="path">Must not exist; when this fails nothing of that name is left.</param>
    /// <exception cref="SqliteException"/>
    /// <exception cref="IOException"/>
    public static void Write(string path, string clusterId, long revision, IEnumerable<StoredObject> objects, IValueTransformer values)
    {
        DatabaseFile.Create(path);
        try
        {
            using var connection = SqliteConnection.Open(path);
            connection.Execute("PRAGMA synchronous=FULL");
            connection.Execute("BEGIN IMMEDIATE");
            using (var insert = connection.Prepare("INSERT INTO objects(id, revision, resource, namespace, name, value, checksum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"))
            {
                foreach (var item in objects)
                {
                    insert.Bind(1, item.CreateRevision);
                    insert.Bind(2, item.Revision);
                    insert.Bind(3, item.Key.Resource);
                    insert.Bind(4, item.Key.Namespace);
                    insert.Bind(5, item.Key.Name);
                    var value = values.ToDisk(item.Key, item.Json).Span;
                    insert.Bind(7, RowChecksum.Of(item.CreateRevision, item.Revision, item.Key, value));
                    insert.RunWithBlob(6, value);
                }
            }
            using (var id = connection.Prepare("UPDATE meta SET value = ?1 WHERE key = 'cluster-id'"))
            {
                id.Bind(1, clusterId);
                id.Run();
            }
            SetRevision(connection, revision);
            connection.Execute("COMMIT");
        }
        catch
        {
            File.Delete(path);
            File.Delete(path + "-journal");
            throw;
        }
    }

    public static void SetRevision(SqliteConnection connection, long revision)
    {
        using var set = connection.Prepare("UPDATE meta SET value = ?1, checksum = ?2 WHERE key = 'revision'");
        set.Bind(1, revision);
        set.Bind(2, RowChecksum.Of(revision));
        set.Run();
    }
}
