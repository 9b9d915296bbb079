using System.Globalization;
using System.Text;

namespace Proa.Store;

/// <summary>
/// Keeps a data directory to one process: an exclusive lock on its file <c>lock</c>, which the kernel lets go when the process
/// ends in whatever way. The file holds the process's id.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
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
            WriteHolder(file);
            return new DataDirectoryLock(file);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new StoreOpenException(directory, "cannot be written", "Run as root, or choose another data directory.", error);
        }
        catch (IOException error)
        {
            var holder = Holder(directory);
            throw holder is null
                ? new StoreOpenException(path, $"cannot be locked: {error.Message}", "Choose a data directory on a local file system with free space.", error)
                : new StoreOpenException(directory, $"is in use by process {holder}", "Stop that process, or choose another data directory.", error);
        }
    }

    /// <summary>The id of the process that the lock file names, whether or not it still runs; null when there is none.</summary>
    public static int? Holder(string directory)
    {
        try
        {
            using var file = new FileStream(Path.Combine(directory, "lock"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file, Encoding.ASCII);
            return int.TryParse(reader.ReadLine(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
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

    private static void WriteHolder(FileStream file)
    {
        try
        {
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
        }
        catch (IOException)
        {
            // The disk is full; the lock holds all the same, and only a message is poorer.
        }
    }
}
