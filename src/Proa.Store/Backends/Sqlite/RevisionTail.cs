using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Proa.Store.Backends.Sqlite;

/// <summary>
/// The revision of the last durable write, in a file beside the database that is never synced. SQLite takes a log that is damaged in
/// its middle for one that ends there, without a word: a database that is behind this file has lost what was acknowledged. After a
/// power cut the file may be older than the database, never newer.
/// </summary>
internal sealed class RevisionTail : IDisposable
{
    private const int Length = 12;

    private readonly SafeFileHandle _file;
    private readonly byte[] _bytes = new byte[Length];

    private RevisionTail(SafeFileHandle file) => _file = file;

    public static string PathOf(string database) => database + "-tail";

    /// <summary>What it says; 0: nothing that can be read.</summary>
    public static long Read(string database)
    {
        var path = PathOf(database);
        if (!File.Exists(path))
        {
            return 0;
        }
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length != Length)
        {
            return 0;
        }
        var revision = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(sizeof(long))) == RowChecksum.Of(revision) ? revision : 0;
    }

    public static RevisionTail Open(string database)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(PathOf(database), new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = ownerOnly, Share = FileShare.ReadWrite }))
        {
        }
        return new RevisionTail(File.OpenHandle(PathOf(database), FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
    }

    /// <summary>A write that fails only weakens what a start can notice.</summary>
    public void Write(long revision)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes, revision);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(sizeof(long)), RowChecksum.Of(revision));
        try
        {
            RandomAccess.Write(_file, _bytes, 0);
        }
        catch (IOException)
        {
            // The disk is full: the write itself is durable.
        }
    }

    public void Dispose() => _file.Dispose();
}
