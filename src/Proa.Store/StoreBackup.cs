using Proa.Store.Backends.Sqlite;

namespace Proa.Store;

/// <summary>What a restore does to a store's files before a store is opened on them.</summary>
public static class StoreBackup
{
    /// <summary>
    /// How far a restored store's revision lies above every one that was given out before: a client that saw revisions later than
    /// the backup's is told that its own is compacted, and lists anew, rather than taking one revision for two states.
    /// </summary>
    public const long RevisionGap = 1_000_000;

    /// <summary>Reads a directory's store without changing it: its revision, 0 when there is none or it cannot be read.</summary>
    public static long RevisionOf(string dataDirectory)
    {
        var path = new StoreOptions { DataDirectory = dataDirectory }.DatabasePath;
        try
        {
            if (!File.Exists(path))
            {
                return 0;
            }
            DatabaseFile.CheckHeader(path);
            using var connection = SqliteConnection.Open(path);
            return connection.QueryInt64("SELECT value FROM meta WHERE key = 'revision'");
        }
        catch (Exception error) when (error is SqliteException or StoreOpenException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Makes an empty store whose first write comes after a revision that clients have seen elsewhere.</summary>
    /// <exception cref="StoreOpenException">It cannot be written.</exception>
    public static Task CreateAsync(StoreOptions options, long seen, TimeProvider time, Microsoft.Extensions.Logging.ILogger logger) => RaiseAsync(options, _ => seen, time, logger);

    /// <summary>Checks a store's files by loading all of them, and raises its revision.</summary>
    /// <returns>The revision that it had.</returns>
    /// <exception cref="StoreOpenException">It is damaged, newer, or its key does not open it.</exception>
    public static Task<long> AdoptAsync(StoreOptions options, long seen, TimeProvider time, Microsoft.Extensions.Logging.ILogger logger) =>
        RaiseAsync(options, revision => Math.Max(revision, seen) + RevisionGap, time, logger);

    private static async Task<long> RaiseAsync(StoreOptions options, Func<long, long> raise, TimeProvider time, Microsoft.Extensions.Logging.ILogger logger)
    {
        long revision;
        await using (var store = await ObjectStore.OpenAsync(options, static (_, _) => ObjectIndex.Empty, time, logger).ConfigureAwait(false))
        {
            revision = store.Revision;
        }
        try
        {
            using var connection = SqliteConnection.Open(options.DatabasePath);
            connection.Execute("PRAGMA journal_mode=DELETE");
            connection.Execute("PRAGMA synchronous=FULL");
            DatabaseCopy.SetRevision(connection, raise(revision));
        }
        catch (SqliteException error)
        {
            throw new StoreOpenException(options.DatabasePath, $"cannot be written: {error.Message}", "Check the disk's free space.", error);
        }
        return revision;
    }
}
