using System.Collections.Concurrent;

namespace Proa.Store.Tests.Faults;

/// <summary>
/// A directory below which SQLite's disk fails as a test says, and of which it is known what a power cut would leave. It lies
/// below the real SQLite, as a file system of SQLite's own (a VFS) that hands on to the real one. Thread-safe.
/// </summary>
internal sealed class FaultDisk : IDisposable
{
    private static readonly ConcurrentDictionary<string, FaultDisk> s_disks = new(StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FaultFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FaultFile> _deleted = new(StringComparer.Ordinal);
    private readonly Random _random;
    private readonly string _root;

    public FaultDisk(string root, int seed)
    {
        FaultVfs.Register();
        (_root, _random) = (root, new Random(seed));
        s_disks[root] = this;
    }

    /// <summary>Asked before each call, one at a time; null: all go well.</summary>
    public Func<DiskCall, DiskFault>? Fault { get; set; }

    /// <summary>How long the next syncs take: waited for before each.</summary>
    public Action? BeforeSync { get; set; }

    public static FaultDisk? Of(string file) => s_disks.GetValueOrDefault(Path.GetDirectoryName(file) ?? "");

    /// <summary>
    /// Puts what would be found after a power cut at this moment into another directory.
    /// </summary>
    /// <param name="meanwhile">Called while no call to the disk is under way.</param>
    public void PowerCut(string into, Action meanwhile)
    {
        lock (_gate)
        {
            foreach (var file in Directory.GetFiles(_root, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(into, Path.GetRelativePath(_root, file));
                // Drafts come and go: another thread may be about to rename one.
                if (!_files.ContainsKey(file) && Path.GetFileName(file) != "lock" && Path.GetExtension(file) is not (".new" or ".probe"))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(file, target);
                }
            }
            foreach (var (file, content) in _deleted.Concat(_files))
            {
                // A name that no sync made certain may be there or not; so may one that was deleted without.
                if ((content.IsNamed && _files.ContainsKey(file)) || _random.Next(2) == 0)
                {
                    File.WriteAllBytes(Path.Combine(into, Path.GetFileName(file)), content.AfterPowerCut(_random));
                }
            }
            meanwhile();
        }
    }

    public void Dispose() => s_disks.TryRemove(_root, out _);

    internal void Opened(string file)
    {
        lock (_gate)
        {
            if (!_files.ContainsKey(file))
            {
                _files.Add(file, new FaultFile(File.Exists(file) ? Shared(file) : ReadOnlyMemory<byte>.Empty));
            }
        }
    }

    internal void Deleted(string file, bool synced)
    {
        lock (_gate)
        {
            if (_files.Remove(file, out var gone) && !synced && gone.IsNamed)
            {
                _deleted[file] = gone;
            }
        }
    }

    /// <summary>One call, with no other at the same time.</summary>
    /// <param name="call">Makes the call to the real disk with as many of the bytes; answers SQLite's code.</param>
    internal int Run(DiskCall asked, string file, ReadOnlySpan<byte> data, Func<int, int> call)
    {
        if (asked.Operation == DiskOperation.Sync)
        {
            BeforeSync?.Invoke();
        }
        lock (_gate)
        {
            var content = _files[file];
            var fault = Fault?.Invoke(asked) ?? DiskFault.None;
            switch (asked.Operation)
            {
                case DiskOperation.Read:
                    return fault == DiskFault.None ? call(asked.Length) : FaultVfs.IoErrorRead;
                case DiskOperation.Sync when fault == DiskFault.Lie:
                    return FaultVfs.Ok;
                case DiskOperation.Sync when fault != DiskFault.None:
                    var left = content.FailSync(_random);
                    if (fault == DiskFault.IoErrorForgetting)
                    {
                        Overwrite(file, left);
                    }
                    return FaultVfs.IoErrorSync;
                case DiskOperation.Sync:
                    if (!content.IsNamed)
                    {
                        // SQLite syncs the directory with a new log or journal: names that went before are gone for certain.
                        _deleted.Clear();
                    }
                    content.Sync();
                    // What this simulates is worse than what the real disk's sync could add.
                    return FaultVfs.Ok;
                case DiskOperation.Truncate:
                    content.Truncate(asked.Offset);
                    return fault == DiskFault.None ? call(0) : FaultVfs.IoErrorWrite;
                default:
                    var length = fault switch { DiskFault.None => data.Length, DiskFault.Short => _random.Next(data.Length), _ => 0 };
                    content.Write(asked.Offset, data[..length]);
                    var code = length > 0 ? call(length) : FaultVfs.Ok;
                    return fault switch
                    {
                        DiskFault.None => code,
                        DiskFault.Full or DiskFault.Short => FaultVfs.Full,
                        _ => FaultVfs.IoErrorWrite,
                    };
            }
        }
    }

    private static byte[] Shared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Overwrite(string file, ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        stream.SetLength(bytes.Length);
        stream.Write(bytes);
    }
}
