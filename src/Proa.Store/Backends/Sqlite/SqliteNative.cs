using System.Reflection;
using System.Runtime.InteropServices;

namespace Proa.Store.Backends.Sqlite;

/// <summary>The few functions of the system's SQLite that the store needs; see https://sqlite.org/c3ref/funclist.html.</summary>
internal static unsafe partial class SqliteNative
{
    public const int Ok = 0;
    public const int Row = 100;
    public const int Done = 101;

    public const int OpenReadWrite = 0x2;
    public const int OpenNoMutex = 0x8000;
    public const int OpenExtendedResults = 0x2000000;

    public const uint PreparePersistent = 1;
    public const int CheckpointPassive = 0;
    public const int ConfigNoCheckpointOnClose = 1006;

    private const string Library = "sqlite3";

    static SqliteNative() => NativeLibrary.SetDllImportResolver(typeof(SqliteNative).Assembly, Resolve);

    /// <summary>Whether the system has the library.</summary>
    public static bool IsAvailable => Resolve(Library, typeof(SqliteNative).Assembly, null) != 0;

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string file, out nint db, int flags, nint vfs);

    [LibraryImport(Library, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    public static partial byte* ErrorMessage(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_errstr")]
    public static partial byte* ErrorText(int code);

    [LibraryImport(Library, EntryPoint = "sqlite3_get_autocommit")]
    public static partial int GetAutoCommit(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v3", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Prepare(nint db, string sql, int bytes, uint flags, out nint statement, nint tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    public static partial int Finalize(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    public static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int index, byte* text, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(nint statement, int index, byte* value, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    public static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_text")]
    public static partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* ColumnBlob(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    public static partial int ColumnBytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_wal_hook")]
    public static partial nint WalHook(nint db, delegate* unmanaged<void*, nint, byte*, int, int> hook, void* argument);

    [LibraryImport(Library, EntryPoint = "sqlite3_wal_checkpoint_v2")]
    public static partial int Checkpoint(nint db, nint database, int mode, nint logPages, nint donePages);

    // Variadic in C; for integer arguments the calling conventions of x64 and arm64 Linux are those of a plain function.
    [LibraryImport(Library, EntryPoint = "sqlite3_db_config")]
    public static partial int Configure(nint db, int option, int on, nint result);

    // The development package has libsqlite3.so, a plain system only libsqlite3.so.0.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths)
    {
        if (name != Library)
        {
            return 0;
        }
        return NativeLibrary.TryLoad("libsqlite3.so.0", assembly, paths, out var handle)
            || NativeLibrary.TryLoad("libsqlite3.so", assembly, paths, out handle)
            ? handle
            : 0;
    }
}
