using System.Runtime.InteropServices;

namespace Proa.Store.Backends.Sqlite;

/// <summary>One open database. Used by one thread at a time.</summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    private readonly nint _db;

    // Written by SQLite's hook, on the thread that commits; lives outside the managed heap because SQLite keeps its address.
    private readonly int* _walPages;
    private bool _disposed;

    private SqliteConnection(nint db)
    {
        _db = db;
        _walPages = (int*)NativeMemory.AllocZeroed(sizeof(int));
        SqliteNative.WalHook(db, &OnCommitted, _walPages);
        // Closing must not write to a file that was refused.
        CheckpointOnClose(false);
    }

    /// <summary>How long the write-ahead log is since its last checkpoint.</summary>
    public int WalPages => *_walPages;

    /// <summary>False within a transaction.</summary>
    public bool IsAutoCommit => SqliteNative.GetAutoCommit(_db) != 0;

    /// <summary>Opens a file that exists.</summary>
    /// <exception cref="SqliteException"/>
    public static SqliteConnection Open(string file)
    {
        const int flags = SqliteNative.OpenReadWrite | SqliteNative.OpenNoMutex | SqliteNative.OpenExtendedResults;
        var code = SqliteNative.Open(file, out var db, flags, 0);
        if (code == SqliteNative.Ok)
        {
            return new SqliteConnection(db);
        }
        var error = ErrorOf(db, code);
        SqliteNative.Close(db);
        throw error;
    }

    /// <summary>Whether closing moves the write-ahead log into the database and removes it.</summary>
    public void CheckpointOnClose(bool on) => SqliteNative.Configure(_db, SqliteNative.ConfigNoCheckpointOnClose, on ? 0 : 1, 0);

    public SqliteStatement Prepare(string sql)
    {
        Check(SqliteNative.Prepare(_db, sql, -1, SqliteNative.PreparePersistent, out var statement, 0));
        return new SqliteStatement(this, statement);
    }

    /// <summary>Runs a statement to its end; what it answers is dropped.</summary>
    public void Execute(string sql)
    {
        using var statement = Prepare(sql);
        while (statement.Step())
        {
        }
    }

    public long QueryInt64(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    public string QueryText(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>Moves the write-ahead log into the database, so that the log starts anew.</summary>
    public void Checkpoint()
    {
        Check(SqliteNative.Checkpoint(_db, 0, SqliteNative.CheckpointPassive, 0, 0));
        *_walPages = 0;
    }

    public void Check(int code)
    {
        if (code is not (SqliteNative.Ok or SqliteNative.Row or SqliteNative.Done))
        {
            throw ErrorOf(_db, code);
        }
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            SqliteNative.Close(_db);
            NativeMemory.Free(_walPages);
        }
    }

    private static SqliteException ErrorOf(nint db, int code)
    {
        var text = Marshal.PtrToStringUTF8((nint)SqliteNative.ErrorText(code)) ?? "error";
        var detail = db == 0 ? null : Marshal.PtrToStringUTF8((nint)SqliteNative.ErrorMessage(db));
        return new SqliteException(code, detail is null || detail == text ? $"{text} ({code})" : $"{text} ({code}): {detail}");
    }

    [UnmanagedCallersOnly]
    private static int OnCommitted(void* pages, nint db, byte* database, int walPages)
    {
        *(int*)pages = walPages;
        return SqliteNative.Ok;
    }
}
