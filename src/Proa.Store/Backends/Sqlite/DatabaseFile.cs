using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Proa.Store.Backends.Sqlite;

/// <summary>
/// Makes the database file, and judges one that is there by its header before SQLite gets to open it: what is refused stays
/// as it is.
/// </summary>
internal static class DatabaseFile
{
    /// <summary>"Proa", in the header field that SQLite leaves to applications.</summary>
    public const int ApplicationId = 0x50726f61;

    /// <summary>Raised with each change of the tables that an older version could not read.</summary>
    public const int SchemaVersion = 2;

    private const int HeaderLength = 100;
    private const int UserVersionOffset = 60;
    private const int ApplicationIdOffset = 68;

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>
    /// Makes an empty store under another name and renames it: a file of the right name is always whole, so that an empty or
    /// short one is known for damage.
    /// </summary>
    public static void Create(string path)
    {
        var draft = path + ".new";
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm", "-journal"])
        {
            File.Delete(draft + suffix);
        }
        new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }).Dispose();
        using (var connection = SqliteConnection.Open(draft))
        {
            connection.Execute("PRAGMA synchronous=FULL");
            connection.Execute("BEGIN IMMEDIATE");
            connection.Execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value, checksum INTEGER) WITHOUT ROWID");
            // A row's id is the revision that created its object: unique, rising, and known to the index, so that no other
            // index needs to be written.
            connection.Execute(
                """
                CREATE TABLE objects(
                    id INTEGER PRIMARY KEY,
                    revision INTEGER NOT NULL,
                    resource TEXT NOT NULL,
                    namespace TEXT NOT NULL,
                    name TEXT NOT NULL,
                    value BLOB NOT NULL,
                    checksum INTEGER)
                """);
            connection.Execute($"INSERT INTO meta VALUES('revision', 1, {RowChecksum.Of(1)})");
            connection.Execute($"INSERT INTO meta(key, value) VALUES('cluster-id', '{RandomNumberGenerator.GetHexString(32, lowercase: true)}')");
            connection.Execute($"PRAGMA application_id={ApplicationId}");
            connection.Execute($"PRAGMA user_version={SchemaVersion}");
            connection.Execute("COMMIT");
        }
        DurableFile.Rename(draft, path);
    }

    /// <summary>Adds what this version keeps besides to a database of an older one: all of it, or nothing.</summary>
    public static void Upgrade(SqliteConnection connection)
    {
        if (connection.QueryInt64("PRAGMA user_version") != 1)
        {
            return;
        }
        connection.Execute("BEGIN IMMEDIATE");
        connection.Execute("ALTER TABLE meta ADD COLUMN checksum INTEGER");
        connection.Execute("ALTER TABLE objects ADD COLUMN checksum INTEGER");
        List<(long Id, uint Checksum)> checksums = [];
        using (var rows = connection.Prepare("SELECT id, revision, resource, namespace, name, value FROM objects"))
        {
            while (rows.Step())
            {
                var key = new ObjectKey(rows.Text(2), rows.Text(3), rows.Text(4));
                checksums.Add((rows.Int64(0), RowChecksum.Of(rows.Int64(0), rows.Int64(1), key, rows.Blob(5))));
            }
        }
        using (var update = connection.Prepare("UPDATE objects SET checksum = ?2 WHERE id = ?1"))
        {
            foreach (var (id, checksum) in checksums)
            {
                update.Bind(1, id);
                update.Bind(2, checksum);
                update.Run();
            }
        }
        DatabaseCopy.SetRevision(connection, connection.QueryInt64("SELECT value FROM meta WHERE key = 'revision'"));
        connection.Execute($"PRAGMA user_version={SchemaVersion}");
        connection.Execute("COMMIT");
    }

    /// <exception cref="StoreOpenException">Not a database of this version.</exception>
    public static void CheckHeader(string path)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        if (length < HeaderLength || !header.StartsWith(Magic))
        {
            throw Damaged(path, length == 0 ? "it is empty" : "it does not start as a database does");
        }
        var application = BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdOffset..]);
        if (application != ApplicationId)
        {
            throw new StoreOpenException(path, "is the database of another program", "Choose another data directory.");
        }
        CheckVersion(path, BinaryPrimitives.ReadInt32BigEndian(header[UserVersionOffset..]));
    }

    public static void CheckVersion(string path, long version)
    {
        if (version > SchemaVersion)
        {
            throw new StoreOpenException(
                path,
                $"was written by a newer version of Proa (format {version}; this version reads up to {SchemaVersion})",
                "Start the newer version, or choose another data directory.");
        }
    }

    public static StoreOpenException Damaged(string path, string how, Exception? inner = null) => new(
        path,
        $"is damaged: {how}",
        "Restore a backup with `proa restore FILE`, or move it away to start an empty cluster. It was left as it is.",
        inner);
}
