namespace Proa.Store.Tests.Faults;

/// <summary>What SQLite asks of the disk.</summary>
/// <param name="File">The file's name without its directory.</param>
internal readonly record struct DiskCall(DiskOperation Operation, string File, long Offset, int Length);

internal enum DiskOperation
{
    Read,
    Write,
    Truncate,
    Sync,
}
