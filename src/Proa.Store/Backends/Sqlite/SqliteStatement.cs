using System.Runtime.InteropServices;
using System.Text;

namespace Proa.Store.Backends.Sqlite;

/// <summary>A prepared statement. Used by one thread at a time.</summary>
internal sealed unsafe class SqliteStatement(SqliteConnection connection, nint statement) : IDisposable
{
    // SQLite copies the value before the call returns.
    private const nint Transient = -1;

    private bool _disposed;

    public void Bind(int index, long value) => connection.Check(SqliteNative.BindInt64(statement, index, value));

    public void Bind(int index, string text)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length) is var max and <= 1024 ? max : 0];
        utf8 = utf8.IsEmpty ? Encoding.UTF8.GetBytes(text) : utf8[..Encoding.UTF8.GetBytes(text, utf8)];
        fixed (byte* start = &MemoryMarshal.GetReference(utf8))
        {
            // The empty text has no address, and null would be NULL.
            byte nothing = 0;
            connection.Check(SqliteNative.BindText(statement, index, start is null ? &nothing : start, utf8.Length, Transient));
        }
    }

    /// <summary>Runs a statement that answers nothing, with a blob that is not copied.</summary>
    public void RunWithBlob(int index, ReadOnlySpan<byte> value)
    {
        fixed (byte* start = value)
        {
            connection.Check(SqliteNative.BindBlob(statement, index, start, value.Length, 0));
            Run();
        }
    }

    /// <summary>Runs a statement that answers nothing.</summary>
    public void Run()
    {
        // A reset answers the step's error once more; it is checked where it happened.
        var code = SqliteNative.Step(statement);
        try
        {
            connection.Check(code);
        }
        finally
        {
            SqliteNative.Reset(statement);
        }
    }

    /// <returns>Whether there is a row.</returns>
    public bool Step()
    {
        var code = SqliteNative.Step(statement);
        connection.Check(code);
        return code == SqliteNative.Row;
    }

    public long Int64(int column) => SqliteNative.ColumnInt64(statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(SqliteNative.ColumnText(statement, column), column));

    public ReadOnlySpan<byte> Blob(int column) => Bytes(SqliteNative.ColumnBlob(statement, column), column);

    public ReadOnlySpan<byte> TextBytes(int column) => Bytes(SqliteNative.ColumnText(statement, column), column);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            SqliteNative.Finalize(statement);
        }
    }

    private ReadOnlySpan<byte> Bytes(byte* start, int column) =>
        start is null ? default : new ReadOnlySpan<byte>(start, SqliteNative.ColumnBytes(statement, column));
}
