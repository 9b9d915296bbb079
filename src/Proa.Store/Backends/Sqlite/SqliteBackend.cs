using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Store.Encryption;
using Proa.Store.Health;
using Proa.Store.Index;

namespace Proa.Store.Backends.Sqlite;

/// <summary>
/// The embedded backend: one SQLite file with a write-ahead log, synced at each commit. SQLite's own lock is held exclusively
/// from start to end, which also keeps its shared memory file away.
/// <para>
/// After a failed sync Linux takes the pages for written, and a later sync reports success though they are lost. That is safe here
/// because nothing of a refused batch is relied upon: the next batch writes the same place of the log anew, and a checkpoint whose
/// sync failed counts as not made and copies every page again.
/// </para>
/// </summary>
internal sealed partial class SqliteBackend : IStoreBackend
{
    private const int RewrittenAtOnce = 200;
    private const int RewrittenBytes = 1 << 20;

    private readonly string _path;
    private readonly int _checkpointPages;
    private readonly IValueTransformer _values;
    private readonly StoreHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SqliteConnection _connection;
    private readonly RevisionTail _tail;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _update;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _setRevision;

    private SqliteBackend(StoreOptions options, SqliteConnection connection, IValueTransformer values, StoreHealth health, TimeProvider time, ILogger logger)
    {
        (_health, _time) = (health, time);
        (_path, _checkpointPages) = (options.DatabasePath, options.CheckpointPages);
        _values = values;
        _logger = logger;
        _connection = connection;
        _tail = RevisionTail.Open(_path);
        _begin = connection.Prepare("BEGIN IMMEDIATE");
        _commit = connection.Prepare("COMMIT");
        _rollback = connection.Prepare("ROLLBACK");
        _insert = connection.Prepare("INSERT INTO objects(id, revision, resource, namespace, name, value, checksum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _update = connection.Prepare("UPDATE objects SET revision = ?2, value = ?3, checksum = ?4 WHERE id = ?1");
        _delete = connection.Prepare("DELETE FROM objects WHERE id = ?1");
        _setRevision = connection.Prepare("UPDATE meta SET value = ?1, checksum = ?2 WHERE key = 'revision'");
        ClusterId = connection.QueryText("SELECT value FROM meta WHERE key = 'cluster-id'");
    }

    public string ClusterId { get; }

    /// <summary>Opens the database, or makes it.</summary>
    /// <exception cref="StoreOpenException"/>
    public static SqliteBackend Open(StoreOptions options, IValueTransformer values, StoreHealth health, TimeProvider time, ILogger logger)
    {
        var path = options.DatabasePath;
        if (!SqliteNative.IsAvailable)
        {
            throw new StoreOpenException(
                "libsqlite3.so.0", "is not on this machine", "Install SQLite's library: apt-get install libsqlite3-0");
        }
        SqliteConnection? connection = null;
        try
        {
            if (!File.Exists(path))
            {
                if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
                {
                    throw DatabaseFile.Damaged(path, "it is gone, but its write-ahead log is there");
                }
                DatabaseFile.Create(path);
            }
            DatabaseFile.CheckHeader(path);
            connection = SqliteConnection.Open(path);
            connection.Execute("PRAGMA locking_mode=EXCLUSIVE");
            DatabaseFile.CheckVersion(path, connection.QueryInt64("PRAGMA user_version"));
            var (revision, tail) = (connection.QueryInt64("SELECT value FROM meta WHERE key = 'revision'"), RevisionTail.Read(path));
            if (revision < tail)
            {
                throw DatabaseFile.Damaged(
                    path, $"it ends at revision {revision}, and {tail} was written: its write-ahead log is damaged or missing (if it was replaced on purpose, remove {RevisionTail.PathOf(path)})");
            }
            // Every page, before anything is written: a row that reads well says nothing of the tree that it hangs in.
            if (connection.QueryText("PRAGMA quick_check(1)") is var found and not "ok")
            {
                throw DatabaseFile.Damaged(path, found);
            }
            connection.Execute("PRAGMA journal_mode=WAL");
            connection.Execute("PRAGMA synchronous=FULL");
            connection.Execute("PRAGMA temp_store=MEMORY");
            DatabaseFile.Upgrade(connection);
            return new SqliteBackend(options, connection, values, health, time, logger);
        }
        catch (Exception error)
        {
            connection?.Dispose();
            if (AsOpenError(path, error) is { } known)
            {
                throw known;
            }
            throw;
        }
    }

    public long Load(Action<LoadedRow> row)
    {
        try
        {
            var revision = _connection.QueryInt64("SELECT value FROM meta WHERE key = 'revision'");
            if (_connection.QueryInt64("SELECT checksum FROM meta WHERE key = 'revision'") != RowChecksum.Of(revision))
            {
                throw DatabaseFile.Damaged(_path, $"its revision {revision} does not fit to its checksum");
            }
            using var rows = _connection.Prepare("SELECT id, revision, resource, namespace, name, value, checksum FROM objects ORDER BY id");
            var names = new RowNames();
            while (rows.Step())
            {
                var key = new ObjectKey(names.Pooled(rows.TextBytes(2)), names.Pooled(rows.TextBytes(3)), rows.Text(4));
                var id = rows.Int64(0);
                var written = rows.Int64(1);
                if (written > revision || id > written || id < 1)
                {
                    throw DatabaseFile.Damaged(_path, $"{key} claims revision {written} of {revision}");
                }
                var value = rows.Blob(5);
                if (rows.Int64(6) != RowChecksum.Of(id, written, key, value))
                {
                    throw DatabaseFile.Damaged(_path, $"{key} does not fit to its checksum");
                }
                row(new LoadedRow(key, written, id, _values.FromDisk(key, value)));
            }
            return revision < 1 ? throw DatabaseFile.Damaged(_path, "it has no revision") : revision;
        }
        catch (SqliteException error)
        {
            throw AsOpenError(_path, error)!;
        }
    }

    public string? Commit(List<(Collection Collection, StoreChange Change)> changes, long revision)
    {
        try
        {
            _begin.Run();
            foreach (var (_, change) in changes)
            {
                Write(change);
            }
            _setRevision.Bind(1, revision);
            _setRevision.Bind(2, RowChecksum.Of(revision));
            _setRevision.Run();
            // Writes the log and syncs it.
            var start = _time.GetTimestamp();
            _commit.Run();
            _health.Synced(_time.GetElapsedTime(start));
            _tail.Write(revision);
            return null;
        }
        catch (Exception error)
        {
            RollBack();
            switch (error)
            {
                case StoreOpenException:
                    return error.Message;
                case SqliteException or IOException or UnauthorizedAccessException:
                    var system = error is SqliteException { IsInputOutput: true } ? SystemError() : null;
                    return $"{_path} on {_health.Device} cannot be written: {error.Message}{(system is null ? "" : $": {system}")}";
                default:
                    throw;
            }
        }
    }

    public long Rewrite(long after, out int rewritten)
    {
        try
        {
            var stale = Stale(after, out var next);
            rewritten = stale.Count;
            if (stale.Count > 0)
            {
                _begin.Run();
                using (var update = _connection.Prepare("UPDATE objects SET value = ?2, checksum = ?3 WHERE id = ?1"))
                {
                    foreach (var (id, value, checksum) in stale)
                    {
                        update.Bind(1, id);
                        update.Bind(3, checksum);
                        update.RunWithBlob(2, value);
                    }
                }
                _commit.Run();
            }
            return next;
        }
        catch (SqliteException error)
        {
            RollBack();
            throw Failed(error);
        }
    }

    public void TryRead(IValueTransformer values)
    {
        try
        {
            using var rows = _connection.Prepare("SELECT resource, namespace, name, value FROM objects");
            while (rows.Step())
            {
                values.FromDisk(new ObjectKey(rows.Text(0), rows.Text(1), rows.Text(2)), rows.Blob(3));
            }
        }
        catch (SqliteException error)
        {
            throw Failed(error);
        }
    }

    public void Maintain()
    {
        if (_connection.WalPages >= _checkpointPages)
        {
            Checkpoint();
        }
    }

    /// <summary>Closes; moves the log into the database and removes it.</summary>
    public void Dispose()
    {
        _connection.CheckpointOnClose(true);
        Abandon();
    }

    /// <summary>Closes without writing anything: for a database that was refused.</summary>
    public void Abandon()
    {
        foreach (var statement in (SqliteStatement[])[_begin, _commit, _rollback, _insert, _update, _delete, _setRevision])
        {
            statement.Dispose();
        }
        _connection.Dispose();
        _tail.Dispose();
    }

    /// <summary>Values that would be written otherwise now, as they would be. Little at a time: clients' writes come in between.</summary>
    private List<(long Id, byte[] Value, uint Checksum)> Stale(long after, out long next)
    {
        var stale = new List<(long Id, byte[] Value, uint Checksum)>();
        using var rows = _connection.Prepare("SELECT id, resource, namespace, name, value, revision FROM objects WHERE id > ?1 ORDER BY id");
        rows.Bind(1, after);
        next = after;
        for (var bytes = 0; rows.Step();)
        {
            if (stale.Count == RewrittenAtOnce || bytes >= RewrittenBytes)
            {
                return stale;
            }
            next = rows.Int64(0);
            var key = new ObjectKey(rows.Text(1), rows.Text(2), rows.Text(3));
            var value = rows.Blob(4);
            bytes += value.Length;
            if (_values.IsStale(key, value))
            {
                var renewed = _values.ToDisk(key, _values.FromDisk(key, value)).ToArray();
                stale.Add((next, renewed, RowChecksum.Of(next, rows.Int64(5), key, renewed)));
            }
        }
        next = 0;
        return stale;
    }

    private IOException Failed(SqliteException error) => new($"{_path} on {_health.Device} failed: {error.Message}", error);

    private static StoreOpenException? AsOpenError(string path, Exception error) => error switch
    {
        SqliteException { IsDamage: true } => DatabaseFile.Damaged(path, error.Message, error),
        SqliteException or IOException or UnauthorizedAccessException => new StoreOpenException(
            path, $"cannot be opened: {error.Message}", "Check the disk's free space and the directory's permissions.", error),
        _ => null,
    };

    private void Write(in StoreChange change)
    {
        var next = change.Object;
        ReadOnlySpan<byte> value;
        switch (change.Kind)
        {
            case ChangeKind.Added:
                _insert.Bind(1, next.CreateRevision);
                _insert.Bind(2, next.Revision);
                _insert.Bind(3, next.Key.Resource);
                _insert.Bind(4, next.Key.Namespace);
                _insert.Bind(5, next.Key.Name);
                value = _values.ToDisk(next.Key, next.Json).Span;
                _insert.Bind(7, RowChecksum.Of(next.CreateRevision, next.Revision, next.Key, value));
                _insert.RunWithBlob(6, value);
                break;
            case ChangeKind.Modified:
                _update.Bind(1, next.CreateRevision);
                _update.Bind(2, next.Revision);
                value = _values.ToDisk(next.Key, next.Json).Span;
                _update.Bind(4, RowChecksum.Of(next.CreateRevision, next.Revision, next.Key, value));
                _update.RunWithBlob(3, value);
                break;
            default:
                _delete.Bind(1, next.CreateRevision);
                _delete.Run();
                break;
        }
    }

    private void RollBack()
    {
        try
        {
            // Some errors have rolled back already.
            if (!_connection.IsAutoCommit)
            {
                _rollback.Run();
            }
        }
        catch (SqliteException error)
        {
            LogRollBackFailed(error);
        }
    }

    /// <summary>What the system says to a write beside the database, such as that the disk is read-only; null: nothing.</summary>
    private string? SystemError()
    {
        var probe = _path + ".probe";
        try
        {
            using (new FileStream(probe, FileMode.Create, FileAccess.Write))
            {
            }
            File.Delete(probe);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private void Checkpoint()
    {
        try
        {
            _connection.Checkpoint();
        }
        catch (SqliteException error)
        {
            // The log holds everything; it grows until a checkpoint succeeds.
            LogCheckpointFailed(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's log could not be moved into its database; it is tried again")]
    private partial void LogCheckpointFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store could not roll back a refused batch")]
    private partial void LogRollBackFailed(Exception error);

    /// <summary>Gives resources and namespaces, which repeat, one text each.</summary>
    private sealed class RowNames
    {
        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

        public string Pooled(ReadOnlySpan<byte> utf8)
        {
            Span<char> text = stackalloc char[utf8.Length <= 512 ? utf8.Length : 0];
            if (text.Length < utf8.Length)
            {
                return Encoding.UTF8.GetString(utf8);
            }
            text = text[..Encoding.UTF8.GetChars(utf8, text)];
            var lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(text, out var pooled))
            {
                pooled = text.ToString();
                _texts.Add(pooled, pooled);
            }
            return pooled;
        }
    }
}
