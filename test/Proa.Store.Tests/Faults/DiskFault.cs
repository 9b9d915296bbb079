namespace Proa.Store.Tests.Faults;

/// <summary>What the disk makes of a call.</summary>
internal enum DiskFault
{
    None,

    /// <summary>EIO. Of a sync: some of what was to be synced is lost, and the next sync knows nothing of it, as on Linux.</summary>
    IoError,

    /// <summary>EIO of a sync after which the file reads as it is on the disk: the cached pages are dropped.</summary>
    IoErrorForgetting,

    /// <summary>ENOSPC.</summary>
    Full,

    /// <summary>A write of which only a part is made before the disk is full.</summary>
    Short,

    /// <summary>A sync that is reported and was not made.</summary>
    Lie,
}
