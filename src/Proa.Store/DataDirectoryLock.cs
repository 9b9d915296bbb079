using System.Globalization;

namespace Proa.Store;

/// <summary>
/// Keeps a data directory to one process: an exclusive lock on its file <c>lock</c>, which the kernel lets go when the process
/// ends in whatever way. Beside it, <c>lock.pid</c> holds the process's id: who is locked out could not read the lock itself.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK

    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <exception cref="StoreOpenException">Another process holds it, or the directory cannot be written.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // FileShare.None is flock(LOCK_EX | LOCK_NB) here.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            WriteHolder(directory);
            return new DataDirectoryLock(file);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new StoreOpenException(directory, "cannot be written", "Run as root, or choose another data directory.", error);
        }
        catch (IOException error)
        {
            // Other errors (a read-only disk, a full one) say nothing of another process, whatever lock.pid still holds.
            var holder = error.HResult == WouldBlock ? Holder(directory) : null;
            throw holder is null
                ? new StoreOpenException(path, $"cannot be locked: {error.Message}", "Choose a data directory on a local file system with free space.", error)
                : new StoreOpenException(directory, $"is in use by process {holder}", "Stop that process, or choose another data directory.", error);
        }
    }

    /// <summary>The id of the process that locked the directory last, whether or not it still runs; null when there is none.</summary>
    public static int? Holder(string directory)
    {
        try
        {
            var text = File.ReadAllText(PidPath(directory));
            return int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    private static string PidPath(string directory) => Path.Combine(directory, "lock.pid");

    private static void WriteHolder(string directory)
    {
        try
        {
            File.WriteAllText(PidPath(directory), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            File.SetUnixFileMode(PidPath(directory), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (IOException)
        {
            // The disk is full; the lock holds all the same, and only a message is poorer.
        }
    }
}
