using Proa.Network.Netlink;

namespace Proa.Network.Pods;

/// <summary>
/// The files in which the <c>host-local</c> plug-in keeps who has which address: one a lease, named by the address. A pod
/// that vanished without a goodbye (power cut, kill) leaves its file, and the range would run full.
/// </summary>
internal sealed class LeaseStore(string directory)
{
    private const int LockExclusive = 2;

    /// <summary>Removes the leases of addresses that are not in use.</summary>
    /// <returns>How many went.</returns>
    public int RemoveStale(IReadOnlySet<Ip4> inUse)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }
        // The plug-in locks this file while it chooses an address.
        using var guard = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        _ = Libc.Flock((int)guard.SafeFileHandle.DangerousGetHandle(), LockExclusive);
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            if (Ip4.TryParse(Path.GetFileName(file), out var address) && !inUse.Contains(address))
            {
                File.Delete(file);
                count++;
            }
        }
        return count;
    }
}
