namespace Proa.Store.Backends.Sqlite;

/// <param name="code">SQLite's extended result code.</param>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    /// <summary>SQLite's extended result code: the primary one is its lowest byte.</summary>
    public int Code { get; } = code;

    /// <summary>The file is damaged, or no database at all (SQLITE_CORRUPT, SQLITE_NOTADB).</summary>
    public bool IsDamage => (Code & 0xff) is 11 or 26;

    /// <summary>The system refused a read, a write or a sync (SQLITE_IOERR): with which error SQLite does not say.</summary>
    public bool IsInputOutput => (Code & 0xff) is 10;
}
