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
    public const int SchemaVersion = 1;

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
            connection.Execute("CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID");
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
                    value BLOB NOT NULL)
                """);
            connection.Execute("INSERT INTO meta VALUES('revision', 1)");
            connection.Execute($"INSERT INTO meta VALUES('cluster-id', '{RandomNumberGenerator.GetHexString(32, lowercase: true)}')");
            connection.Execute($"PRAGMA application_id={ApplicationId}");
            connection.Execute($"PRAGMA user_version={SchemaVersion}");
            connection.Execute("COMMIT");
        }
        DurableFile.Rename(draft, path);
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
