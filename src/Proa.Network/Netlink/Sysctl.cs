namespace Proa.Network.Netlink;

/// <summary>Kernel settings below <c>/proc/sys/net</c>, those of the calling thread's network namespace.</summary>
internal static class Sysctl
{
    /// <summary>Writes only what differs: a read-only <c>/proc</c> with the right value in it is good enough.</summary>
    /// <exception cref="IOException">The setting does not exist or may not be written.</exception>
    public static void Set(string path, string value)
    {
        var file = Path.Combine("/proc/sys/net", path);
        if (File.ReadAllText(file).AsSpan().Trim().SequenceEqual(value))
        {
            return;
        }
        File.WriteAllText(file, value);
    }

    /// <returns>False when the device has gone meanwhile.</returns>
    public static bool TrySetDevice(string device, string setting, string value)
    {
        try
        {
            Set($"ipv4/conf/{device}/{setting}", value);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
